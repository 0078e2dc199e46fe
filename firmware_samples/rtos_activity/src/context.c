/* Context switch of Armv6-M, Armv7-M and Armv8-M mainline, with or without a floating-point unit.
 *
 * The hardware stacks r0-r3, r12, lr, pc and xPSR (Armv7-M Architecture Reference Manual, B1.5.6); here go r4-r11 and
 * EXC_RETURN, and s16-s31 of a task that has used the floating-point unit (EXC_RETURN bit 4 is 0).
 */
#include "context.h"

#include "cortexm.h"
#include "scheduler.h"

/* To thread mode, process stack, no floating-point state. Armv8-M's bits 6 and 0 are 0 where there is no secure state
 * (Armv8-M Architecture Reference Manual, "EXC_RETURN"). */
#if __ARM_ARCH >= 8
#define EXC_RETURN_THREAD_PSP 0xFFFFFFBCu
#else
#define EXC_RETURN_THREAD_PSP 0xFFFFFFFDu
#endif
#define XPSR_THUMB (1u << 24)
#define SAVED_WORDS 9
#define STACKED_WORDS 8

static void returned(void)
{
    for (;;) { /* a task must not return */
    }
}

uint32_t *context_initial(uint32_t *stack_end, void (*entry)(void))
{
    uint32_t *frame = stack_end - STACKED_WORDS;
    uint32_t *saved = frame - SAVED_WORDS;

    for (int i = 0; i < SAVED_WORDS + STACKED_WORDS; ++i) {
        saved[i] = 0;
    }
    saved[SAVED_WORDS - 1] = EXC_RETURN_THREAD_PSP;
    frame[5] = (uint32_t)returned;
    frame[6] = (uint32_t)entry & ~1u; /* the stacked pc has no Thumb bit */
    frame[7] = XPSR_THUMB;
    return saved;
}

void context_request_switch(void)
{
    SCB_ICSR = SCB_ICSR_PENDSVSET;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void context_start(void)
{
    SCB_SHPR3 |= SCB_SHPR3_PENDSV_LOWEST;
    __asm__ volatile("svc #0" ::: "memory");
    __builtin_unreachable();
}

/* GCC reads inline assembler for Armv6-M in the old syntax. */
#define UNIFIED ".syntax unified\n\t"

#if __ARM_ARCH >= 7

#if defined(__ARM_FP)
#define SAVE_FLOATS "tst lr, #0x10\n\tit eq\n\tvstmdbeq r0!, {s16-s31}\n\t"
#define RESTORE_FLOATS "tst lr, #0x10\n\tit eq\n\tvldmiaeq r0!, {s16-s31}\n\t"
#else
#define SAVE_FLOATS ""
#define RESTORE_FLOATS ""
#endif

#define RUN_CURRENT                                                                                                  \
    "ldr r1, =scheduler_current\n\tldr r1, [r1]\n\tldr r0, [r1]\n\t"                                                 \
    "ldmia r0!, {r4-r11, lr}\n\t" RESTORE_FLOATS "msr psp, r0\n\tisb\n\tbx lr\n\t"

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n\t" SAVE_FLOATS "stmdb r0!, {r4-r11, lr}\n\t"
                     "ldr r1, =scheduler_current\n\tldr r1, [r1]\n\tstr r0, [r1]\n\t"
                     "cpsid i\n\tbl scheduler_switch\n\tcpsie i\n\t" RUN_CURRENT);
}

#else /* Armv6-M: no access to r8-r11 in LDM and STM, no conditional execution */

#define RUN_CURRENT                                                                                                  \
    "ldr r1, =scheduler_current\n\tldr r1, [r1]\n\tldr r0, [r1]\n\t"                                                 \
    "adds r0, #16\n\tldmia r0!, {r4-r7}\n\tmov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"               \
    "ldmia r0!, {r3}\n\tmsr psp, r0\n\tsubs r0, #36\n\tldmia r0!, {r4-r7}\n\tbx r3\n\t"

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile(UNIFIED "mrs r0, psp\n\tsubs r0, #36\n\tldr r1, =scheduler_current\n\tldr r1, [r1]\n\tstr r0, [r1]\n\t"
                     "stmia r0!, {r4-r7}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "stmia r0!, {r4-r7}\n\tmov r3, lr\n\tstmia r0!, {r3}\n\t"
                     "cpsid i\n\tbl scheduler_switch\n\tcpsie i\n\t" RUN_CURRENT);
}

#endif

/* The only service: the first task. */
__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile(UNIFIED RUN_CURRENT);
}
