/* Raspberry Pi Pico: 125 MHz from the 12 MHz crystal, console on UART0 (GPIO0, GPIO1).
 * Registers: RP2040 datasheet, 2.14 (resets), 2.15 (clocks), 2.16 (XOSC), 2.18 (PLL), 2.19 (GPIO), 4.2 (UART). */
#include <stdint.h>

#include "board.h"
#include "cortexm.h"

/* Each peripheral has aliases that set or clear bits atomically (datasheet 2.1.2). */
#define SET_BITS(address) REGISTER((address) + 0x2000u)
#define CLEAR_BITS(address) REGISTER((address) + 0x3000u)

#define RESETS_RESET 0x4000C000u
#define RESETS_RESET_DONE REGISTER(0x4000C008u)
#define RESETS_IO_BANK0 (1u << 5)
#define RESETS_PADS_BANK0 (1u << 8)
#define RESETS_PLL_SYS (1u << 12)
#define RESETS_UART0 (1u << 22)

#define XOSC_CTRL REGISTER(0x40024000u)
#define XOSC_CTRL_1_15MHZ 0xAA0u
#define XOSC_CTRL_ENABLE (0xFABu << 12)
#define XOSC_STATUS REGISTER(0x40024004u)
#define XOSC_STATUS_STABLE (1u << 31)
#define XOSC_STARTUP REGISTER(0x4002400Cu)

#define PLL_SYS_CS REGISTER(0x40028000u)
#define PLL_CS_LOCK (1u << 31)
#define PLL_SYS_PWR 0x40028004u
#define PLL_PWR_PD (1u << 0)
#define PLL_PWR_POSTDIVPD (1u << 3)
#define PLL_PWR_VCOPD (1u << 5)
#define PLL_SYS_FBDIV_INT REGISTER(0x40028008u)
#define PLL_SYS_PRIM REGISTER(0x4002800Cu)

#define CLK_REF_CTRL REGISTER(0x40008030u)
#define CLK_REF_CTRL_SRC_XOSC 2u
#define CLK_REF_SELECTED REGISTER(0x40008038u)
#define CLK_SYS_CTRL 0x4000803Cu
#define CLK_SYS_CTRL_SRC_AUX 1u
#define CLK_SYS_CTRL_AUXSRC_MASK (7u << 5) /* 0: PLL_SYS */
#define CLK_SYS_DIV REGISTER(0x40008040u)
#define CLK_SYS_SELECTED REGISTER(0x40008044u)
#define CLK_PERI_CTRL REGISTER(0x40008048u)
#define CLK_PERI_CTRL_ENABLE (1u << 11) /* AUXSRC 0: clk_sys */

#define IO_BANK0_GPIO0_CTRL REGISTER(0x40014004u)
#define IO_BANK0_GPIO1_CTRL REGISTER(0x4001400Cu)
#define GPIO_FUNCSEL_UART 2u

#define UART0_DR REGISTER(0x40034000u)
#define UART0_FR REGISTER(0x40034018u)
#define UART_FR_BUSY (1u << 3)
#define UART_FR_TXFF (1u << 5)
#define UART0_IBRD REGISTER(0x40034024u)
#define UART0_FBRD REGISTER(0x40034028u)
#define UART0_LCR_H REGISTER(0x4003402Cu)
#define UART_LCR_H_FEN (1u << 4)
#define UART_LCR_H_WLEN_8 (3u << 5)
#define UART0_CR REGISTER(0x40034030u)
#define UART_CR_UARTEN (1u << 0)
#define UART_CR_TXE (1u << 8)
#define UART_CR_RXE (1u << 9)

#define CLK_SYS_HZ 125000000u
#define BAUD 115200u
#define DIVISOR_X64 ((CLK_SYS_HZ * 4u + BAUD / 2u) / BAUD) /* clock / (16 * baud) in 1/64 */

extern const uint32_t vector_table[];

static void leave_reset(uint32_t blocks)
{
    CLEAR_BITS(RESETS_RESET) = blocks;
    while ((RESETS_RESET_DONE & blocks) != blocks) {
    }
}

static void clock_init(void)
{
    XOSC_STARTUP = 47; /* 47 * 256 crystal cycles: 1 ms (datasheet 2.16.3) */
    XOSC_CTRL = XOSC_CTRL_1_15MHZ | XOSC_CTRL_ENABLE;
    while (!(XOSC_STATUS & XOSC_STATUS_STABLE)) {
    }
    /* The system clock must not hang on a PLL that is about to be reset. */
    CLEAR_BITS(CLK_SYS_CTRL) = CLK_SYS_CTRL_SRC_AUX;
    while (CLK_SYS_SELECTED != 1u) {
    }
    CLK_REF_CTRL = CLK_REF_CTRL_SRC_XOSC;
    while (CLK_REF_SELECTED != 1u << CLK_REF_CTRL_SRC_XOSC) {
    }
    /* 12 MHz / 1 * 125 = 1500 MHz VCO; / 6 / 2 = 125 MHz */
    leave_reset(RESETS_PLL_SYS);
    PLL_SYS_CS = 1;
    PLL_SYS_FBDIV_INT = 125;
    CLEAR_BITS(PLL_SYS_PWR) = PLL_PWR_PD | PLL_PWR_VCOPD;
    while (!(PLL_SYS_CS & PLL_CS_LOCK)) {
    }
    PLL_SYS_PRIM = (6u << 16) | (2u << 12);
    CLEAR_BITS(PLL_SYS_PWR) = PLL_PWR_POSTDIVPD;

    CLK_SYS_DIV = 1u << 8;
    CLEAR_BITS(CLK_SYS_CTRL) = CLK_SYS_CTRL_AUXSRC_MASK;
    SET_BITS(CLK_SYS_CTRL) = CLK_SYS_CTRL_SRC_AUX;
    while (CLK_SYS_SELECTED != 1u << CLK_SYS_CTRL_SRC_AUX) {
    }
    CLK_PERI_CTRL = CLK_PERI_CTRL_ENABLE;
}

static void console_init(void)
{
    leave_reset(RESETS_IO_BANK0 | RESETS_PADS_BANK0 | RESETS_UART0);
    UART0_IBRD = DIVISOR_X64 >> 6;
    UART0_FBRD = DIVISOR_X64 & 63u;
    UART0_LCR_H = UART_LCR_H_WLEN_8 | UART_LCR_H_FEN; /* after the divisors: this write latches them */
    UART0_CR = UART_CR_UARTEN | UART_CR_TXE | UART_CR_RXE;
    IO_BANK0_GPIO0_CTRL = GPIO_FUNCSEL_UART;
    IO_BANK0_GPIO1_CTRL = GPIO_FUNCSEL_UART;
}

void board_init(void)
{
    SCB_VTOR = (uint32_t)vector_table;
    clock_init();
    console_init();
}

void board_write(const char *text)
{
    for (; *text != '\0'; ++text) {
        while (UART0_FR & UART_FR_TXFF) {
        }
        UART0_DR = (uint32_t)*text;
    }
    while (UART0_FR & UART_FR_BUSY) {
    }
}

void board_finish(void)
{
    for (;;) {
        wait_for_interrupt();
    }
}
