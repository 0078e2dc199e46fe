/* RP2040: the SLEEP state (RP2040 datasheet, 2.11): all clocks but the timer's are gated, the PLL and the ring oscillator
 * are off, the crystal runs. Registers and bits: hardware/regs of the pico-sdk 2.2. */
#include "board.h"
#include "deep_sleep.h"
#include "wake_up.h"

#define CLK_SYS_CTRL REGISTER(0x4000803C)
#define CLK_SYS_SELECTED REGISTER(0x40008044)
#define CLK_SYS_SELECTED_REF 1u
#define CLOCKS_SLEEP_EN0 REGISTER(0x400080A8)
#define CLOCKS_SLEEP_EN1 REGISTER(0x400080AC)
#define CLOCKS_SLEEP_EN1_TIMER (1u << 5)

#define RESETS_RESET REGISTER(0x4000C000)
#define RESETS_RESET_DONE REGISTER(0x4000C008)
#define RESETS_TIMER (1u << 21)

#define PLL_SYS_PWR REGISTER(0x40028004)
#define PLL_PWR_OFF 0x2Du /* as after reset */

#define TIMER_ALARM0 REGISTER(0x40054010)
#define TIMER_TIMERAWL REGISTER(0x40054028)
#define TIMER_INTR REGISTER(0x40054034)
#define TIMER_INTE REGISTER(0x40054038)
#define TIMER_0 (1u << 0)
#define TIMER_INTERRUPT 0u
#define MICROSECONDS 1000000u

#define WATCHDOG_TICK REGISTER(0x4005802C)
#define WATCHDOG_TICK_ENABLE (1u << 9)
#define WATCHDOG_TICK_CYCLES 12u /* of the crystal's 12 MHz: a microsecond */

#define ROSC_CTRL REGISTER(0x40060000)
#define ROSC_CTRL_ENABLE (0xFFFu << 12)
#define ROSC_CTRL_DISABLE (0xD1Eu << 12)

static uint32_t alarm_at, period_us;

static void next_alarm(void)
{
    alarm_at += period_us; /* from alarm to alarm, not from here: nothing drifts */
    TIMER_ALARM0 = alarm_at;
}

void wake_up_start(uint32_t period_seconds)
{
    ROSC_CTRL = (ROSC_CTRL & ~ROSC_CTRL_ENABLE) | ROSC_CTRL_DISABLE; /* board_init() has left it unused */
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | WATCHDOG_TICK_CYCLES;
    RESETS_RESET &= ~RESETS_TIMER;
    while (!(RESETS_RESET_DONE & RESETS_TIMER)) {
    }
    CLOCKS_SLEEP_EN0 = 0;
    CLOCKS_SLEEP_EN1 = CLOCKS_SLEEP_EN1_TIMER;
    TIMER_INTE = TIMER_0;
    NVIC_ISER = 1u << TIMER_INTERRUPT;
    period_us = period_seconds * MICROSECONDS;
    alarm_at = TIMER_TIMERAWL;
    next_alarm();
}

void wake_up_wait(void)
{
    CLK_SYS_CTRL = 0; /* from the reference, which is the crystal */
    while (CLK_SYS_SELECTED != CLK_SYS_SELECTED_REF) {
    }
    PLL_SYS_PWR = PLL_PWR_OFF;
    deep_sleep();
    board_init();
    TIMER_INTR = TIMER_0;
    next_alarm();
    deep_sleep_end(TIMER_INTERRUPT);
}
