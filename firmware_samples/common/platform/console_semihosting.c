/* Console and end of program through Arm semihosting (Arm IHI "Semihosting for AArch32", 2.0): a debugger or a
 * simulator answers; alone, the core stops at the first call. */
#include <stdint.h>

#include "board.h"

#define SYS_WRITE0 0x04
#define SYS_EXIT 0x18
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static void semihosting(uint32_t operation, uint32_t argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt #0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void board_write(const char *text)
{
    semihosting(SYS_WRITE0, (uint32_t)text);
}

void board_finish(void)
{
    semihosting(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT);
    for (;;) {
    }
}
