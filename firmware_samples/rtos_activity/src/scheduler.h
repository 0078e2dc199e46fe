/* A minimal scheduler: fixed priorities, preemptive between them, cooperative within one; no heap.
 *
 * SysTick counts the ticks and wakes tasks, PendSV switches, SVC starts the first task. The highest priority runs;
 * tasks of equal priority take turns where they delay, wait or yield.
 */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include <stdint.h>

/* The first member is what the context switch saves and restores. */
typedef struct task {
    uint32_t *stack_pointer;
    uint32_t *stack_start;
    uint32_t stack_size;
    const char *name;
    struct task *next; /* all tasks, in the order of their creation, as a ring */
    uint32_t priority; /* higher runs first */
    uint32_t wake_tick;
    const void *waits_for; /* a semaphore; 0: for a tick, or for nothing */
    enum { TASK_READY, TASK_DELAYED, TASK_WAITING } state;
} task_t;

typedef struct {
    volatile uint32_t count;
} semaphore_t;

typedef void (*task_entry_t)(void);

/* `stack` is aligned to 8 bytes and `stack_size` a multiple of 8. Before scheduler_start() only. */
void task_create(task_t *task, const char *name, uint32_t priority, task_entry_t entry, uint64_t *stack,
                 uint32_t stack_size);

/* Ticks every `cycles_per_tick` core cycles from here on; sleeps in WFI while no task is ready. */
__attribute__((noreturn)) void scheduler_start(uint32_t cycles_per_tick);

/* Called by a task: sleeps until `period` ticks after *last_tick, which it advances. Never drifts. */
void task_delay_until(uint32_t *last_tick, uint32_t period);

/* Called by a task: lets another of the same priority run. */
void task_yield(void);

/* Called by a task: waits until the count is not 0, and takes one from it. */
void semaphore_take(semaphore_t *semaphore);

/* Called by a task or an interrupt: adds one, and wakes who waits. */
void semaphore_give(semaphore_t *semaphore);

/* The task that runs; for debuggers. */
extern task_t *volatile scheduler_current;

#endif
