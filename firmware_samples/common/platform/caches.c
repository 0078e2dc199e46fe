/* Turns the caches of a Cortex-M7 on, as start-up code of these chips does
 * (Armv7-M Architecture Reference Manual, B2.2.7 and B3.2: caches are off and undefined after reset). */
#include "caches.h"

#include "cortexm.h"

#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CCSIDR REGISTER(0xE000ED80)
#define SCB_CSSELR REGISTER(0xE000ED84)
#define SCB_ICIALLU REGISTER(0xE000EF50)
#define SCB_DCISW REGISTER(0xE000EF60)
#define LINE_SHIFT 5 /* both caches have lines of 32 bytes (Cortex-M7 TRM) */

static void barrier(void)
{
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

static void data_cache_invalidate(void)
{
    SCB_CSSELR = 0; /* level 1, data */
    barrier();
    uint32_t size = SCB_CCSIDR;
    uint32_t last_set = (size >> 13) & 0x7FFFu;
    uint32_t last_way = (size >> 3) & 0x3FFu;
    uint32_t way_shift = (uint32_t)__builtin_clz(last_way | 1u);
    for (uint32_t set = 0; set <= last_set; ++set) {
        for (uint32_t way = 0; way <= last_way; ++way) {
            SCB_DCISW = (way << way_shift) | (set << LINE_SHIFT);
        }
    }
    barrier();
}

void caches_enable(void)
{
    barrier();
    SCB_ICIALLU = 0;
    barrier();
    SCB_CCR |= SCB_CCR_IC;
    data_cache_invalidate();
    SCB_CCR |= SCB_CCR_DC;
    barrier();
}
