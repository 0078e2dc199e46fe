/* Core registers (Armv6-M and Armv7-M Architecture Reference Manuals, section B3). */
#ifndef CORTEXM_H
#define CORTEXM_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_CLKSOURCE (1u << 2) /* the processor clock */
#define SYST_MAX 0x00FFFFFFu         /* the counter has 24 bits */

#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_CPACR REGISTER(0xE000ED88)
#define SCB_CPACR_CP10_CP11_FULL (0xFu << 20)

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

#endif
