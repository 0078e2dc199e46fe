/* Choosing the next task, ticks and semaphores; the switch itself is in context.c. */
#include "scheduler.h"

#include "context.h"
#include "cortexm.h"

#define IDLE_STACK_SIZE 256u

task_t *volatile scheduler_current;
static task_t *newest; /* newest->next is the oldest */
static volatile uint32_t ticks;
static task_t idle_task;
static uint64_t idle_stack[IDLE_STACK_SIZE / 8];

static void idle(void)
{
    for (;;) {
        wait_for_interrupt();
    }
}

void task_create(task_t *task, const char *name, uint32_t priority, task_entry_t entry, uint64_t *stack,
                 uint32_t stack_size)
{
    task->name = name;
    task->priority = priority;
    task->state = TASK_READY;
    task->waits_for = 0;
    task->stack_start = (uint32_t *)stack;
    task->stack_size = stack_size;
    task->stack_pointer = context_initial((uint32_t *)stack + stack_size / 4, entry);
    task->next = newest ? newest->next : task;
    if (newest) {
        newest->next = task;
    }
    newest = task;
}

/* The ready task with the highest priority; after the running one in the ring where several have it. */
static task_t *highest_ready(void)
{
    task_t *best = &idle_task;
    for (task_t *task = scheduler_current->next;; task = task->next) {
        if (task->state == TASK_READY && task->priority > best->priority) {
            best = task;
        }
        if (task == scheduler_current) {
            return best;
        }
    }
}

void scheduler_switch(void)
{
    scheduler_current = highest_ready();
}

void scheduler_start(uint32_t cycles_per_tick)
{
    task_create(&idle_task, "idle", 0, idle, idle_stack, sizeof idle_stack);
    scheduler_current = &idle_task;
    scheduler_current = highest_ready();
    SYST_RVR = cycles_per_tick - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
    context_start();
}

/* The running task leaves; whoever is next runs when interrupts are on again. */
static void leave(void)
{
    context_request_switch();
    critical_end();
}

void task_delay_until(uint32_t *last_tick, uint32_t period)
{
    *last_tick += period;
    critical_begin();
    if ((int32_t)(*last_tick - ticks) > 0) {
        scheduler_current->wake_tick = *last_tick;
        scheduler_current->state = TASK_DELAYED;
    }
    leave();
}

void task_yield(void)
{
    context_request_switch();
}

void semaphore_take(semaphore_t *semaphore)
{
    critical_begin();
    while (semaphore->count == 0) {
        scheduler_current->waits_for = semaphore;
        scheduler_current->state = TASK_WAITING;
        leave();
        critical_begin();
    }
    --semaphore->count;
    critical_end();
}

void semaphore_give(semaphore_t *semaphore)
{
    critical_begin();
    ++semaphore->count;
    for (task_t *task = newest->next;; task = task->next) {
        if (task->state == TASK_WAITING && task->waits_for == semaphore) {
            task->state = TASK_READY;
            task->waits_for = 0;
            break;
        }
        if (task == newest) {
            break;
        }
    }
    leave();
}

void SysTick_Handler(void)
{
    ++ticks;
    for (task_t *task = newest->next;; task = task->next) {
        if (task->state == TASK_DELAYED && (int32_t)(ticks - task->wake_tick) >= 0) {
            task->state = TASK_READY;
            context_request_switch();
        }
        if (task == newest) {
            break;
        }
    }
}
