/* The part of the scheduler that depends on the core: stack frames, PendSV, SVC, critical sections. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdint.h>

/* A frame from which the context switch "returns" into `entry`; `stack_end` is aligned to 8 bytes. */
uint32_t *context_initial(uint32_t *stack_end, void (*entry)(void));

/* Runs scheduler_current by an SVC; PendSV has the lowest priority from here on. */
__attribute__((noreturn)) void context_start(void);

/* Pends PendSV: the switch comes when nothing more urgent runs. */
void context_request_switch(void);

/* Chooses scheduler_current; called by PendSV. */
void scheduler_switch(void);

/* Not nested. An interrupt handler may use them: interrupts were on when it came. */
static inline void critical_begin(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void critical_end(void)
{
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
}

#endif
