/* Core registers (Armv6-M and Armv7-M Architecture Reference Manuals, section B3). */
#ifndef CORTEXM_H
#define CORTEXM_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_TICKINT (1u << 1)
#define SYST_CSR_CLKSOURCE (1u << 2) /* the processor clock */
#define SYST_MAX 0x00FFFFFFu         /* the counter has 24 bits */

#define SCB_ICSR REGISTER(0xE000ED04)
#define SCB_ICSR_PENDSVSET (1u << 28)
#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_SCR REGISTER(0xE000ED10)
#define SCB_SCR_SLEEPDEEP (1u << 2)
#define SCB_SHPR3 REGISTER(0xE000ED20)
#define SCB_SHPR3_PENDSV_LOWEST (0xFFu << 16)
#define SCB_CPACR REGISTER(0xE000ED88)
#define SCB_CPACR_CP10_CP11_FULL (0xFu << 20)

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

#endif
