/* Four pixels times two output channels at a time, in assembler for the cores with the DSP extension.
 *
 * Eight sums, the two operands of each product and two pointers fill all registers, so what else the loops need is on the
 * stack; compilers keep sums there instead. Registers: r0-r3 sums of the first channel, r4-r7 of the second, r8 weights,
 * r9 columns. Inner loop: one word of weights (two taps of two channels) and four words of inputs, 16 products. */
#include "mac_rows.h"

#if KERNELS_USE_SIMD && defined(__arm__)
#include <stddef.h>

_Static_assert(offsetof(mac_rows_t, weights) == 0, "the assembler loads it from there");
_Static_assert(offsetof(mac_rows_t, channels) == 4, "the assembler loads it from there");
_Static_assert(offsetof(mac_rows_t, taps) == 8, "the assembler loads it from there");
_Static_assert(offsetof(mac_rows_t, out_channels) == 12, "the assembler loads it from there");
_Static_assert(offsetof(mac_rows_t, activation_min) == 16, "the assembler loads it from there");
_Static_assert(offsetof(mac_rows_t, activation_max) == 20, "the assembler loads it from there");

/* On the stack. */
#define ROW_END "[sp, #0]"
#define OUT "[sp, #4]"
#define CHANNELS "[sp, #8]"
#define LEFT "[sp, #12]"
#define COLUMNS "[sp, #16]"
#define ROWS "[sp, #20]"
#define ROW_BYTES "[sp, #24]"
#define STACK_BYTES "28"

#define TWO_TAPS                                                                                                       \
    "ldr r10, [r8], #4\n"                                                                                              \
    "ldrd r12, lr, [r9], #8\n"                                                                                         \
    "sxtb16 r11, r10, ror #8\n"                                                                                        \
    "sxtb16 r10, r10\n"                                                                                                \
    "smlad r0, r12, r10, r0\n"                                                                                         \
    "smlad r1, lr, r10, r1\n"                                                                                          \
    "smlad r4, r12, r11, r4\n"                                                                                         \
    "smlad r5, lr, r11, r5\n"                                                                                          \
    "ldrd r12, lr, [r9], #8\n"                                                                                         \
    "smlad r2, r12, r10, r2\n"                                                                                         \
    "smlad r3, lr, r10, r3\n"                                                                                          \
    "smlad r6, r12, r11, r6\n"                                                                                         \
    "smlad r7, lr, r11, r7\n"

/* mac_requantized of four sums, side by side: multiplier r9, rounding r10, shift r11. */
#define EACH(A, B, C, D, BEFORE, AFTER)                                                                                \
    BEFORE A ", " A AFTER BEFORE B ", " B AFTER BEFORE C ", " C AFTER BEFORE D ", " D AFTER
#define REQUANTIZED(A, B, C, D)                                                                                        \
    EACH(A, B, C, D, "lsls ", ", #1\n")                                                                                \
    EACH(A, B, C, D, "smmulr ", ", r9\n")                                                                              \
    "add " A ", " A ", " A ", asr #31\nadd " B ", " B ", " B ", asr #31\n"                                             \
    "add " C ", " C ", " C ", asr #31\nadd " D ", " D ", " D ", asr #31\n"                                             \
    EACH(A, B, C, D, "add ", ", r10\n")                                                                                \
    EACH(A, B, C, D, "asr ", ", r11\n")                                                                                \
    "ssat " A ", #8, " A "\nssat " B ", #8, " B "\nssat " C ", #8, " C "\nssat " D ", #8, " D "\n"

#define CLAMPED(A) "cmp " A ", r9\nit lt\nmovlt " A ", r9\ncmp " A ", r10\nit gt\nmovgt " A ", r10\n"

#define UNNAMED __attribute__((unused)) /* in the text below */

__attribute__((naked)) void mac_rows_4_columns(const mac_rows_t *rows UNNAMED, const int16_t *columns UNNAMED,
                                               int8_t *out UNNAMED)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "sub sp, #" STACK_BYTES "\n"
                     "str r2, " OUT "\n"
                     "str r1, " COLUMNS "\n"
                     "str r0, " ROWS "\n"
                     "ldrd r8, r1, [r0]\n"
                     "str r1, " CHANNELS "\n"
                     "ldrd r2, r3, [r0, #8]\n"
                     "str r3, " LEFT "\n"
                     "adds r2, #3\n"
                     "bic r2, #3\n"
                     "lsls r2, #1\n" /* two rows of whole quads */
                     "str r2, " ROW_BYTES "\n"

                     "1:\n" /* two output channels */
                     "ldr r9, " COLUMNS "\n"
                     "ldr r10, " ROW_BYTES "\n"
                     "ldr r12, " CHANNELS "\n"
                     "add r11, r8, r10\n"
                     "str r11, " ROW_END "\n"
                     "ldr r0, [r12]\n"
                     "ldr r4, [r12, #16]\n"
                     "mov r1, r0\n"
                     "mov r2, r0\n"
                     "mov r3, r0\n"
                     "mov r5, r4\n"
                     "mov r6, r4\n"
                     "mov r7, r4\n"
                     "lsls r10, r10, #28\n" /* an odd number of quads: begin with the second */
                     "bne 3f\n"
                     ".balign 4\n"
                     "2:\n" TWO_TAPS TWO_TAPS "3:\n" TWO_TAPS TWO_TAPS
                     "ldr r12, " ROW_END "\n"
                     "cmp r8, r12\n"
                     "bne 2b\n"

                     "ldr r12, " CHANNELS "\n"
                     "ldrd r9, r10, [r12, #4]\n"
                     "ldr r11, [r12, #12]\n" REQUANTIZED("r0", "r1", "r2", "r3")
                     "ldrd r9, r10, [r12, #20]\n"
                     "ldr r11, [r12, #28]\n"
                     "adds r12, #32\n"
                     "str r12, " CHANNELS "\n" REQUANTIZED("r4", "r5", "r6", "r7")
                     "ldr r12, " ROWS "\n"
                     "ldrd r9, r10, [r12, #16]\n"
                     "sub r11, r10, r9\n"
                     "cmp r11, #255\n"
                     "beq 4f\n" CLAMPED("r0") CLAMPED("r1") CLAMPED("r2") CLAMPED("r3") CLAMPED("r4")
                     CLAMPED("r5") CLAMPED("r6") CLAMPED("r7")

                     "4:\n"
                     "ldr r10, [r12, #12]\n"
                     "ldr r9, " OUT "\n"
                     "ldr r11, " LEFT "\n"
                     "strb r0, [r9]\n"
                     "add r12, r9, r10\n"
                     "strb r1, [r9, r10]\n"
                     "strb r2, [r12, r10]\n"
                     "add lr, r12, r10\n"
                     "strb r3, [lr, r10]\n"
                     "subs r11, #1\n" /* the only one of a last odd channel */
                     "beq 5f\n"
                     "strb r4, [r9, #1]\n"
                     "strb r5, [r12, #1]\n"
                     "add r12, lr, r10\n"
                     "strb r6, [lr, #1]\n"
                     "strb r7, [r12, #1]\n"
                     "adds r9, #2\n"
                     "str r9, " OUT "\n"
                     "subs r11, #1\n"
                     "str r11, " LEFT "\n"
                     "bne 1b\n"
                     "5:\n"
                     "add sp, #" STACK_BYTES "\n"
                     "pop {r4-r11, pc}\n");
}
#else
typedef int mac_rows_4_columns_is_in_mac_rows_c;
#endif
