/* NUCLEO-L4R5ZI: 120 MHz from HSI16 through the PLL, console on LPUART1 (the ST-LINK's virtual COM port).
 * Registers: ST RM0432 (STM32L4+ reference manual). Wiring of PG7/PG8: ST UM2179 (STM32 Nucleo-144). */
#include <stdint.h>

#include "board.h"
#include "cortexm.h"

#define RCC_BASE 0x40021000u
#define RCC_CR REGISTER(RCC_BASE + 0x00)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR REGISTER(RCC_BASE + 0x08)
#define RCC_CFGR_SW_PLL 3u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (3u << 2)
#define RCC_CFGR_HPRE_MASK (0xFu << 4)
#define RCC_CFGR_HPRE_DIV2 (8u << 4)
#define RCC_PLLCFGR REGISTER(RCC_BASE + 0x0C)
#define RCC_PLLCFGR_PLLSRC_HSI16 2u
#define RCC_PLLCFGR_PLLM(divider) (((divider) - 1u) << 4)
#define RCC_PLLCFGR_PLLN(factor) ((factor) << 8)
#define RCC_PLLCFGR_PLLREN (1u << 24)
#define RCC_PLLCFGR_PLLR_DIV2 (0u << 25)
#define RCC_AHB2ENR REGISTER(RCC_BASE + 0x4C)
#define RCC_AHB2ENR_GPIOGEN (1u << 6)
#define RCC_APB1ENR1 REGISTER(RCC_BASE + 0x58)
#define RCC_APB1ENR1_PWREN (1u << 28)
#define RCC_APB1ENR2 REGISTER(RCC_BASE + 0x5C)
#define RCC_APB1ENR2_LPUART1EN (1u << 0)
#define RCC_CCIPR REGISTER(RCC_BASE + 0x88)
#define RCC_CCIPR_LPUART1SEL_MASK (3u << 10)
#define RCC_CCIPR_LPUART1SEL_HSI16 (2u << 10)

#define PWR_BASE 0x40007000u
#define PWR_CR1 REGISTER(PWR_BASE + 0x00)
#define PWR_CR1_VOS_MASK (3u << 9)
#define PWR_CR1_VOS_RANGE1 (1u << 9)
#define PWR_CR2 REGISTER(PWR_BASE + 0x04)
#define PWR_CR2_IOSV (1u << 9)
#define PWR_SR2 REGISTER(PWR_BASE + 0x14)
#define PWR_SR2_VOSF (1u << 10)
#define PWR_CR5 REGISTER(PWR_BASE + 0x80)
#define PWR_CR5_R1MODE (1u << 8)

#define FLASH_ACR REGISTER(0x40022000u)
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_LATENCY_5WS 5u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

#define GPIOG_BASE 0x48001800u
#define GPIOG_MODER REGISTER(GPIOG_BASE + 0x00)
#define GPIOG_AFRL REGISTER(GPIOG_BASE + 0x20)
#define GPIOG_AFRH REGISTER(GPIOG_BASE + 0x24)
#define GPIO_MODE_ALTERNATE 2u
#define GPIO_AF8_LPUART1 8u

#define LPUART1_BASE 0x40008000u
#define LPUART1_CR1 REGISTER(LPUART1_BASE + 0x00)
#define LPUART1_BRR REGISTER(LPUART1_BASE + 0x0C)
#define LPUART1_ISR REGISTER(LPUART1_BASE + 0x1C)
#define LPUART1_TDR REGISTER(LPUART1_BASE + 0x28)
#define USART_CR1_UE (1u << 0)
#define USART_CR1_TE (1u << 3)
#define USART_ISR_TC (1u << 6)
#define USART_ISR_TXE (1u << 7)

#define HSI16_HZ 16000000u
#define BAUD 115200u

/* RM0432, 5.1.8 "Dynamic voltage scaling": range 1 boost mode is what allows more than 80 MHz. */
static void power_init(void)
{
    RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN;
    (void)RCC_APB1ENR1; /* the clock enable needs two cycles to take effect */
    PWR_CR1 = (PWR_CR1 & ~PWR_CR1_VOS_MASK) | PWR_CR1_VOS_RANGE1;
    while (PWR_SR2 & PWR_SR2_VOSF) {
    }
    PWR_CR5 &= ~PWR_CR5_R1MODE;
}

/* RM0432, 3.3.3: 5 wait states up to 120 MHz in range 1 boost. Both caches on; prefetch off, its reset state. */
static void flash_init(void)
{
    FLASH_ACR = (FLASH_ACR & ~(FLASH_ACR_LATENCY_MASK | FLASH_ACR_PRFTEN)) | FLASH_ACR_LATENCY_5WS |
                FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    while ((FLASH_ACR & FLASH_ACR_LATENCY_MASK) != FLASH_ACR_LATENCY_5WS) {
    }
}

static void clock_init(void)
{
    RCC_CR |= RCC_CR_HSION;
    while (!(RCC_CR & RCC_CR_HSIRDY)) {
    }
    /* 16 MHz / 2 * 30 / 2 = 120 MHz, VCO at 240 MHz */
    RCC_PLLCFGR = RCC_PLLCFGR_PLLSRC_HSI16 | RCC_PLLCFGR_PLLM(2u) | RCC_PLLCFGR_PLLN(30u) | RCC_PLLCFGR_PLLR_DIV2 |
                  RCC_PLLCFGR_PLLREN;
    RCC_CR |= RCC_CR_PLLON;
    while (!(RCC_CR & RCC_CR_PLLRDY)) {
    }
    /* Above 80 MHz the step goes through half the frequency, for at least 1 us (RM0432, 6.2.9). */
    RCC_CFGR = (RCC_CFGR & ~RCC_CFGR_HPRE_MASK) | RCC_CFGR_HPRE_DIV2;
    RCC_CFGR |= RCC_CFGR_SW_PLL;
    while ((RCC_CFGR & RCC_CFGR_SWS_MASK) != RCC_CFGR_SWS_PLL) {
    }
    for (volatile uint32_t wait = 0; wait < 30; ++wait) {
    }
    RCC_CFGR &= ~RCC_CFGR_HPRE_MASK;
}

static void console_init(void)
{
    RCC_AHB2ENR |= RCC_AHB2ENR_GPIOGEN;
    RCC_APB1ENR2 |= RCC_APB1ENR2_LPUART1EN;
    (void)RCC_APB1ENR2;
    PWR_CR2 |= PWR_CR2_IOSV; /* PG2..PG15 are on the VDDIO2 supply */
    GPIOG_AFRL = (GPIOG_AFRL & ~(0xFu << 28)) | (GPIO_AF8_LPUART1 << 28);                /* PG7 TX */
    GPIOG_AFRH = (GPIOG_AFRH & ~(0xFu << 0)) | (GPIO_AF8_LPUART1 << 0);                  /* PG8 RX */
    GPIOG_MODER = (GPIOG_MODER & ~(0xFu << 14)) | (GPIO_MODE_ALTERNATE << 14) | (GPIO_MODE_ALTERNATE << 16);
    RCC_CCIPR = (RCC_CCIPR & ~RCC_CCIPR_LPUART1SEL_MASK) | RCC_CCIPR_LPUART1SEL_HSI16;
    LPUART1_BRR = (uint32_t)((256ull * HSI16_HZ + BAUD / 2) / BAUD); /* LPUART: 256 steps per bit */
    LPUART1_CR1 = USART_CR1_UE | USART_CR1_TE;
}

void board_init(void)
{
    SCB_VTOR = 0x08000000u;
    power_init();
    flash_init();
    clock_init();
    console_init();
}

void board_write(const char *text)
{
    for (; *text != '\0'; ++text) {
        while (!(LPUART1_ISR & USART_ISR_TXE)) {
        }
        LPUART1_TDR = (uint32_t)*text;
    }
    while (!(LPUART1_ISR & USART_ISR_TC)) {
    }
}

void board_finish(void)
{
    for (;;) {
        wait_for_interrupt();
    }
}
