/* STM32F746: Stop with the regulator in low-power mode and flash off, woken by the real-time clock on LSI. Bits: CMSIS
 * stm32f746xx.h; over-drive: the order of ST's HAL_PWREx_DisableOverDrive for the F4, whose registers these are. */
#include "board.h"
#include "deep_sleep.h"
#include "stm32_rtc.h"
#include "wake_up.h"

#define RCC_CR REGISTER(0x40023800)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CFGR REGISTER(0x40023808)
#define RCC_CFGR_SW (3u << 0)
#define RCC_CFGR_SWS (3u << 2)
#define RCC_APB1ENR REGISTER(0x40023840)
#define RCC_APB1ENR_PWREN (1u << 28)
#define RCC_BDCR_ADDR 0x40023870u
#define RCC_CSR_ADDR 0x40023874u

#define PWR_CR1 REGISTER(0x40007000)
#define PWR_CR1_LPDS (1u << 0) /* the regulator is in low-power mode in Stop */
#define PWR_CR1_PDDS (1u << 1) /* 0: Stop, 1: Standby */
#define PWR_CR1_DBP (1u << 8)  /* the backup domain may be written */
#define PWR_CR1_FPDS (1u << 9) /* flash is off in Stop */
#define PWR_CR1_ODEN (1u << 16)
#define PWR_CR1_ODSWEN (1u << 17)
#define PWR_CSR1 REGISTER(0x40007004)
#define PWR_CSR1_ODRDY (1u << 16)
#define PWR_CSR1_ODSWRDY (1u << 17)

#define EXTI_IMR REGISTER(0x40013C00)
#define EXTI_RTSR REGISTER(0x40013C08)
#define EXTI_PR REGISTER(0x40013C14)
#define EXTI_RTC_WAKE_UP (1u << 22)

#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_CCR_DC (1u << 16)
#define SCB_DCCISW REGISTER(0xE000EF74)
#define DATA_CACHE_SETS 32u /* 4 KiB, four ways, lines of 32 bytes (STM32F746 datasheet; Cortex-M7 TRM) */
#define DATA_CACHE_WAYS 4u

void wake_up_start(uint32_t period_seconds)
{
    RCC_APB1ENR |= RCC_APB1ENR_PWREN;
    PWR_CR1 |= PWR_CR1_DBP;
    stm32_rtc_start(RCC_BDCR_ADDR, RCC_CSR_ADDR, period_seconds);
    EXTI_RTSR |= EXTI_RTC_WAKE_UP;
    EXTI_PR = EXTI_RTC_WAKE_UP;
    EXTI_IMR |= EXTI_RTC_WAKE_UP;
    NVIC_ISER = 1u << RTC_WAKE_UP_INTERRUPT;
}

/* To HSI, without over-drive: Stop leaves neither PLL nor over-drive. */
static void slow_down(void)
{
    RCC_CFGR &= ~RCC_CFGR_SW;
    while (RCC_CFGR & RCC_CFGR_SWS) {
    }
    RCC_CR &= ~RCC_CR_PLLON;
    PWR_CR1 &= ~PWR_CR1_ODSWEN;
    while (PWR_CSR1 & PWR_CSR1_ODSWRDY) {
    }
    PWR_CR1 &= ~PWR_CR1_ODEN;
    while (PWR_CSR1 & PWR_CSR1_ODRDY) {
    }
}

/* board_init() takes the caches for off and throws away what is in them: it goes to memory first (DCCISW, Armv7-M
 * Architecture Reference Manual, B3.2 and B2.2.7). */
static void data_cache_off(void)
{
    __asm__ volatile("dsb" ::: "memory");
    SCB_CCR &= ~SCB_CCR_DC;
    __asm__ volatile("dsb" ::: "memory");
    for (uint32_t set = 0; set < DATA_CACHE_SETS; ++set) {
        for (uint32_t way = 0; way < DATA_CACHE_WAYS; ++way) {
            SCB_DCCISW = way << 30 | set << 5;
        }
    }
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void wake_up_wait(void)
{
    slow_down();
    data_cache_off();
    PWR_CR1 = (PWR_CR1 & ~PWR_CR1_PDDS) | PWR_CR1_LPDS | PWR_CR1_FPDS;
    deep_sleep();
    board_init();
    stm32_rtc_acknowledge();
    EXTI_PR = EXTI_RTC_WAKE_UP;
    deep_sleep_end(RTC_WAKE_UP_INTERRUPT);
}
