/* Wake-up timer of the STM32's real-time clock, as in the L4 (RM0351, RTC) and F7 (RM0385, RTC). */
#ifndef STM32_RTC_H
#define STM32_RTC_H

#include <stdint.h>

/* The interrupt of the wake-up timer, through EXTI (stm32l4r5xx.h, stm32f746xx.h: RTC_WKUP_IRQn). */
#define RTC_WAKE_UP_INTERRUPT 3u

/* Starts the clock at LSI, and the timer. `bdcr` and `csr` are RCC_BDCR and RCC_CSR; the backup domain is writable. */
void stm32_rtc_start(uint32_t bdcr_addr, uint32_t csr_addr, uint32_t period_seconds);

/* Clears the flag of the timer. */
void stm32_rtc_acknowledge(void);

#endif
