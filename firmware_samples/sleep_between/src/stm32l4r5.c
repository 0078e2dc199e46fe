/* STM32L4R5: Stop 2, woken by the real-time clock on LSI. Bits: CMSIS stm32l4r5xx.h; order: ST's HAL_PWREx_EnterSTOP2Mode
 * and HAL_RTCEx_SetWakeUpTimer_IT. */
#include "board.h"
#include "deep_sleep.h"
#include "stm32_rtc.h"
#include "wake_up.h"

#define RCC_APB1ENR1 REGISTER(0x40021058)
#define RCC_APB1ENR1_RTCAPBEN (1u << 10)
#define RCC_APB1ENR1_PWREN (1u << 28)
#define RCC_BDCR_ADDR 0x40021090u
#define RCC_CSR_ADDR 0x40021094u

#define PWR_CR1 REGISTER(0x40007000)
#define PWR_CR1_LPMS (7u << 0)
#define PWR_CR1_LPMS_STOP2 (2u << 0)
#define PWR_CR1_DBP (1u << 8) /* the backup domain may be written */

#define EXTI_IMR1 REGISTER(0x40010400)
#define EXTI_RTSR1 REGISTER(0x40010408)
#define EXTI_PR1 REGISTER(0x40010414)
#define EXTI_RTC_WAKE_UP (1u << 20)

void wake_up_start(uint32_t period_seconds)
{
    RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN | RCC_APB1ENR1_RTCAPBEN;
    PWR_CR1 |= PWR_CR1_DBP;
    stm32_rtc_start(RCC_BDCR_ADDR, RCC_CSR_ADDR, period_seconds);
    EXTI_RTSR1 |= EXTI_RTC_WAKE_UP;
    EXTI_PR1 = EXTI_RTC_WAKE_UP;
    EXTI_IMR1 |= EXTI_RTC_WAKE_UP;
    NVIC_ISER = 1u << RTC_WAKE_UP_INTERRUPT;
}

void wake_up_wait(void)
{
    PWR_CR1 = (PWR_CR1 & ~PWR_CR1_LPMS) | PWR_CR1_LPMS_STOP2;
    deep_sleep();
    board_init(); /* Stop has turned HSI and PLL off: the core runs from MSI at 4 MHz */
    stm32_rtc_acknowledge();
    EXTI_PR1 = EXTI_RTC_WAKE_UP;
    deep_sleep_end(RTC_WAKE_UP_INTERRUPT);
}
