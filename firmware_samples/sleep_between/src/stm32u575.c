/* STM32U575: Stop 2, woken by the real-time clock on LSI. Bits: CMSIS stm32u575xx.h; order: ST's
 * HAL_PWREx_EnterSTOP2Mode, HAL_RTCEx_SetWakeUpTimer_IT and HAL_RCC_OscConfig (booster). */
#include "board.h"
#include "deep_sleep.h"
#include "wake_up.h"

#define RCC_AHB3ENR REGISTER(0x46020C94)
#define RCC_AHB3ENR_PWREN (1u << 2)
#define RCC_APB3ENR REGISTER(0x46020CA8)
#define RCC_APB3ENR_RTCAPBEN (1u << 21)
#define RCC_BDCR REGISTER(0x46020CF0)
#define RCC_BDCR_RTCSEL (3u << 8)
#define RCC_BDCR_RTCSEL_LSI (2u << 8)
#define RCC_BDCR_RTCEN (1u << 15)
#define RCC_BDCR_BDRST (1u << 16)
#define RCC_BDCR_LSION (1u << 26)
#define RCC_BDCR_LSIRDY (1u << 27)

#define PWR_CR1 REGISTER(0x46020800)
#define PWR_CR1_LPMS (7u << 0)
#define PWR_CR1_LPMS_STOP2 (2u << 0)
#define PWR_VOSR REGISTER(0x4602080C)
#define PWR_VOSR_BOOSTEN (1u << 18)
#define PWR_DBPR REGISTER(0x46020828)
#define PWR_DBPR_DBP (1u << 0) /* the backup domain may be written */

#define RTC_ICSR REGISTER(0x4600780C)
#define RTC_ICSR_WUTWF (1u << 2)
#define RTC_WUTR REGISTER(0x46007814)
#define RTC_CR REGISTER(0x46007818)
#define RTC_CR_WUTE (1u << 10)
#define RTC_CR_WUTIE (1u << 14)
#define RTC_WPR REGISTER(0x46007824)
#define RTC_SCR REGISTER(0x4600785C)
#define RTC_SCR_CWUTF (1u << 2)
#define RTC_INTERRUPT 2u

/* RTC_CR.WUCKSEL = 0: the timer counts a sixteenth of LSI, nominally 32 kHz. */
#define TICKS_PER_SECOND 2000u
_Static_assert(PERIOD_MAX_SECONDS * TICKS_PER_SECOND <= 0x10000u, "WUTR has 16 bits");

static void clock_start(void)
{
    RCC_AHB3ENR |= RCC_AHB3ENR_PWREN;
    RCC_APB3ENR |= RCC_APB3ENR_RTCAPBEN;
    PWR_DBPR |= PWR_DBPR_DBP;
    uint32_t chosen = RCC_BDCR & RCC_BDCR_RTCSEL;
    if (chosen != 0 && chosen != RCC_BDCR_RTCSEL_LSI) { /* only a reset of the backup domain changes it */
        RCC_BDCR |= RCC_BDCR_BDRST;
        RCC_BDCR &= ~RCC_BDCR_BDRST;
    }
    RCC_BDCR |= RCC_BDCR_LSION;
    while (!(RCC_BDCR & RCC_BDCR_LSIRDY)) {
    }
    RCC_BDCR |= RCC_BDCR_RTCSEL_LSI | RCC_BDCR_RTCEN;
}

void wake_up_start(uint32_t period_seconds)
{
    clock_start();
    RTC_WPR = 0xCA; /* the keys of the write protection */
    RTC_WPR = 0x53;
    RTC_CR &= ~RTC_CR_WUTE;
    while (!(RTC_ICSR & RTC_ICSR_WUTWF)) {
    }
    RTC_WUTR = period_seconds * TICKS_PER_SECOND - 1;
    RTC_CR = RTC_CR_WUTIE;
    RTC_SCR = RTC_SCR_CWUTF; /* of a run before a reset */
    RTC_CR = RTC_CR_WUTIE | RTC_CR_WUTE;
    RTC_WPR = 0xFF;
    NVIC_ISER = 1u << RTC_INTERRUPT;
}

void wake_up_wait(void)
{
    PWR_CR1 = (PWR_CR1 & ~PWR_CR1_LPMS) | PWR_CR1_LPMS_STOP2;
    deep_sleep();
    PWR_VOSR &= ~PWR_VOSR_BOOSTEN; /* off while the clock that feeds it is set up again */
    board_init();                  /* Stop has turned the PLL off: the core runs from MSIS at 4 MHz */
    RTC_SCR = RTC_SCR_CWUTF;
    deep_sleep_end(RTC_INTERRUPT);
}
