/* The core's part of a deep sleep: SLEEPDEEP, WFI and the interrupt controller. */
#ifndef DEEP_SLEEP_H
#define DEEP_SLEEP_H

#include <stdint.h>

#include "cortexm.h"

/* Of interrupts 0 to 31 (Armv6-M and Armv7-M Architecture Reference Manuals, B3.4). */
#define NVIC_ISER REGISTER(0xE000E100)
#define NVIC_ICPR REGISTER(0xE000E280)

/* No handler runs at the clock that the chip wakes up with: interrupts are off from before the sleep until
 * deep_sleep_end(). WFI ends for a pending interrupt all the same (Armv7-M Architecture Reference Manual, B1.5.17). */
static inline void deep_sleep(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    __asm__ volatile("dsb" ::: "memory"); /* everything written has arrived before the clocks stop */
    wait_for_interrupt();
    __asm__ volatile("isb" ::: "memory");
    SCB_SCR &= ~SCB_SCR_SLEEPDEEP;
}

/* The clocks run, and the timer's own flags are clear: nothing is left to handle. */
static inline void deep_sleep_end(uint32_t interrupt_number)
{
    __asm__ volatile("dsb" ::: "memory"); /* the timer has dropped its request */
    NVIC_ICPR = 1u << interrupt_number;
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
}

#endif
