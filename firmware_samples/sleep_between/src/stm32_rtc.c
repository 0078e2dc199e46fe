/* Registers and bits: CMSIS stm32l4r5xx.h and stm32f746xx.h, which agree. */
#include "stm32_rtc.h"

#include "cortexm.h"
#include "wake_up.h"

#define RTC_CR REGISTER(0x40002808)
#define RTC_CR_WUTE (1u << 10)
#define RTC_CR_WUTIE (1u << 14)
#define RTC_ISR REGISTER(0x4000280C)
#define RTC_ISR_WUTWF (1u << 2)
#define RTC_ISR_INIT (1u << 7)
#define RTC_ISR_WUTF (1u << 10)
#define RTC_WUTR REGISTER(0x40002814)
#define RTC_WPR REGISTER(0x40002824)

#define RCC_BDCR_RTCSEL (3u << 8)
#define RCC_BDCR_RTCSEL_LSI (2u << 8)
#define RCC_BDCR_RTCEN (1u << 15)
#define RCC_BDCR_BDRST (1u << 16)
#define RCC_CSR_LSION (1u << 0)
#define RCC_CSR_LSIRDY (1u << 1)

/* RTC_CR.WUCKSEL = 0: the timer counts a sixteenth of LSI, nominally 32 kHz. */
#define TICKS_PER_SECOND 2000u
_Static_assert(PERIOD_MAX_SECONDS * TICKS_PER_SECOND <= 0x10000u, "WUTR has 16 bits");

static void clock_start(uint32_t bdcr_addr, uint32_t csr_addr)
{
    REGISTER(csr_addr) |= RCC_CSR_LSION;
    while (!(REGISTER(csr_addr) & RCC_CSR_LSIRDY)) {
    }
    uint32_t chosen = REGISTER(bdcr_addr) & RCC_BDCR_RTCSEL;
    if (chosen != 0 && chosen != RCC_BDCR_RTCSEL_LSI) { /* only a reset of the backup domain changes it */
        REGISTER(bdcr_addr) |= RCC_BDCR_BDRST;
        REGISTER(bdcr_addr) &= ~RCC_BDCR_BDRST;
    }
    REGISTER(bdcr_addr) |= RCC_BDCR_RTCSEL_LSI | RCC_BDCR_RTCEN;
}

void stm32_rtc_start(uint32_t bdcr_addr, uint32_t csr_addr, uint32_t period_seconds)
{
    clock_start(bdcr_addr, csr_addr);
    RTC_WPR = 0xCA; /* the keys of the write protection (RM0351 and RM0385, RTC register write protection) */
    RTC_WPR = 0x53;
    RTC_CR &= ~RTC_CR_WUTE;
    while (!(RTC_ISR & RTC_ISR_WUTWF)) {
    }
    RTC_WUTR = period_seconds * TICKS_PER_SECOND - 1;
    RTC_CR = RTC_CR_WUTIE;
    stm32_rtc_acknowledge(); /* of a run before a reset */
    RTC_CR = RTC_CR_WUTIE | RTC_CR_WUTE;
    RTC_WPR = 0xFF;
}

void stm32_rtc_acknowledge(void)
{
    RTC_ISR = ~(RTC_ISR_WUTF | RTC_ISR_INIT); /* flags are cleared by writing 0 */
}
