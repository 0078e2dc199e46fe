/* Vector table and reset handler for every board here: FPU on, .data copied, .bss zeroed, then main(). */
#include <stdint.h>

#include "cortexm.h"
#ifndef BOARD_IRQ_COUNT
#include "chip.h"
#endif

/* From the linker script. */
extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;

int main(void);
void Reset_Handler(void);
void Default_Handler(void);

#define WEAK_DEFAULT __attribute__((weak, alias("Default_Handler")))
void NMI_Handler(void) WEAK_DEFAULT;
void HardFault_Handler(void) WEAK_DEFAULT;
void SVC_Handler(void) WEAK_DEFAULT;
void PendSV_Handler(void) WEAK_DEFAULT;
void SysTick_Handler(void) WEAK_DEFAULT;
#if __ARM_ARCH >= 7
void MemManage_Handler(void) WEAK_DEFAULT;
void BusFault_Handler(void) WEAK_DEFAULT;
void UsageFault_Handler(void) WEAK_DEFAULT;
void DebugMon_Handler(void) WEAK_DEFAULT;
#endif

typedef void (*vector_t)(void);

/* BOARD_IRQ_COUNT comes from the build or from a generated chip.h: external interrupts of the chip. */
__attribute__((section(".vectors"), used)) const vector_t vector_table[16 + BOARD_IRQ_COUNT] = {
    [0] = (vector_t)&_estack, /* initial main stack pointer */
    [1] = Reset_Handler,
    [2] = NMI_Handler,
    [3] = HardFault_Handler,
#if __ARM_ARCH >= 7
    [4] = MemManage_Handler,
    [5] = BusFault_Handler,
    [6] = UsageFault_Handler,
    [12] = DebugMon_Handler,
#endif
    [11] = SVC_Handler,
    [14] = PendSV_Handler,
    [15] = SysTick_Handler,
    [16 ... 16 + BOARD_IRQ_COUNT - 1] = Default_Handler,
};

void Default_Handler(void)
{
    for (;;) {
    }
}

void Reset_Handler(void)
{
#if defined(__ARM_FP)
    /* Before any floating-point instruction, which would fault while CP10 and CP11 are off. */
    SCB_CPACR |= SCB_CPACR_CP10_CP11_FULL;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *source = &_sidata;
    for (uint32_t *target = &_sdata; target < &_edata;) {
        *target++ = *source++;
    }
    for (uint32_t *target = &_sbss; target < &_ebss;) {
        *target++ = 0;
    }
    main();
    for (;;) {
    }
}
