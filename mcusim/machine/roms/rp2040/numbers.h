/* What the floating-point routines share. */
#include <stdint.h>

#define SIGN 0x80000000u

typedef volatile uint32_t reg;
#define DIVIDEND (*(reg *)0xd0000060)
#define DIVISOR (*(reg *)0xd0000064)
#define QUOTIENT (*(reg *)0xd0000070)
#define REMAINDER (*(reg *)0xd0000074)

uint64_t rom_float2double(uint32_t x);
uint32_t rom_double2float(uint64_t x);
uint64_t rom_dadd(uint64_t x, uint64_t y);
uint64_t rom_dsub(uint64_t x, uint64_t y);
uint64_t rom_dmul(uint64_t x, uint64_t y);
uint64_t rom_ddiv(uint64_t x, uint64_t y);
int32_t rom_double2int(uint64_t x);
uint64_t rom_int2double(int32_t x);
uint64_t rom_dcos(uint64_t x);
uint64_t rom_dtan(uint64_t x);
uint64_t rom_dexp(uint64_t x);
uint64_t rom_dln(uint64_t x);
uint64_t rom_datan2(uint64_t y, uint64_t x);
void rom_dsincos_into(uint64_t x, uint64_t *sine, uint64_t *cosine);

static inline uint32_t leading_zeros(uint32_t x)
{
    extern uint32_t rom_clz32(uint32_t);
    return rom_clz32(x);
}

/* Starts the hardware divider and waits its eight cycles (RP2040 datasheet, 2.3.1.5). */
static inline void divide(uint32_t dividend, uint32_t divisor)
{
    DIVIDEND = dividend;
    DIVISOR = divisor;
    __asm volatile("b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1:" ::: "memory");
}

/* 64-bit shifts by 0 to 63 without the compiler's library. */
static inline uint64_t shifted_left(uint64_t value, uint32_t count)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    if (count >= 32)
        return (uint64_t)(low << (count - 32)) << 32;
    if (!count)
        return value;
    return (uint64_t)(high << count | low >> (32 - count)) << 32 | low << count;
}

static inline uint64_t shifted_right(uint64_t value, uint32_t count)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    if (count >= 32)
        return high >> (count - 32);
    if (!count)
        return value;
    return (uint64_t)(high >> count) << 32 | (low >> count | high << (32 - count));
}
