/* Depthwise 3 x 3 with SMLAD, two output pixels of one channel at a time, in assembler: the nine weights (twice where their
 * pairs overlap) stay in registers, what else the loop needs is on the stack. Compilers move the weights there instead.
 *
 * Registers: r0-r2 w0 w1 of the three rows, r3-r5 w1 w2, r6 and r7 the two sums, r10 pixels left, r11 pairs of columns,
 * r12 bytes from one pair to the next, lr output. */
#include "depthwise_rows.h"

#if KERNELS_USE_SIMD && defined(__arm__)
#include <stddef.h>

_Static_assert(offsetof(depthwise_rows_t, channel) == 0, "the assembler loads it from there");
_Static_assert(offsetof(depthwise_rows_t, out_step) == 16, "the assembler loads it from there");
_Static_assert(offsetof(depthwise_rows_t, pair_step) == 20, "the assembler loads it from there");
_Static_assert(offsetof(depthwise_rows_t, width) == 24, "the assembler loads it from there");
_Static_assert(offsetof(depthwise_rows_t, rows) == 28, "the assembler loads it from there");
_Static_assert(offsetof(depthwise_rows_t, row_step) == 32, "the assembler loads it from there");
_Static_assert(offsetof(depthwise_rows_t, activation_min) == 36, "the assembler loads it from there");
_Static_assert(DEPTHWISE_GROUP == 4, "the rows below are 16 and 32 bytes on");

/* On the stack. */
#define BIAS "[sp, #0]"
#define MULTIPLIER_AND_ROUNDING "[sp, #4]"
#define SHIFT "[sp, #12]"
#define STEP_AND_IS_NARROW "[sp, #16]"
#define ROWS_LEFT "[sp, #24]"
#define AT "[sp, #28]"
#define OUT "[sp, #32]"
#define ROWS "[sp, #36]"
#define STACK_BYTES "40"

#define BEGIN                                                                                                          \
    "push {r4-r11, lr}\n"                                                                                              \
    "sub sp, #" STACK_BYTES "\n"                                                                                       \
    "str r0, " ROWS "\n"                                                                                               \
    "str r2, " AT "\n"                                                                                                 \
    "str r3, " OUT "\n"                                                                                                \
    "ldrd r4, r5, [r0]\n"                                                                                              \
    "strd r4, r5, [sp]\n"                                                                                              \
    "ldrd r4, r5, [r0, #8]\n"                                                                                          \
    "strd r4, r5, [sp, #8]\n"                                                                                          \
    "ldrd r6, r12, [r0, #16]\n"                                                                                        \
    "ldr r4, [r0, #28]\n"                                                                                              \
    "str r4, " ROWS_LEFT "\n"                                                                                          \
    "ldrd r4, r5, [r0, #36]\n"                                                                                         \
    "subs r7, r5, r4\n"                                                                                                \
    "subs r7, #255\n" /* 0: the activation lets every int8 pass */                                                     \
    "strd r6, r7, " STEP_AND_IS_NARROW "\n"                                                                            \
    "ldr r8, [r1]\n"                                                                                                   \
    "ldr r9, [r1, #4]\n"                                                                                               \
    "ldr r10, [r1, #8]\n"                                                                                              \
    "sxtb16 r0, r8\n"                                                                                                  \
    "sxtb16 r3, r8, ror #8\n"                                                                                          \
    "sxtb16 r1, r9\n"                                                                                                  \
    "sxtb16 r4, r9, ror #8\n"                                                                                          \
    "sxtb16 r2, r10\n"                                                                                                 \
    "sxtb16 r5, r10, ror #8\n"                                                                                         \
    "1:\n" /* one row */                                                                                               \
    "ldr r10, " ROWS "\n"                                                                                              \
    "ldr r10, [r10, #24]\n"                                                                                            \
    "ldrd r11, lr, " AT "\n"                                                                                           \
    "2:\n" /* two pixels */                                                                                            \
    "ldr r6, " BIAS "\n"

/* Both roundings of mac_requantized, the activation, and both pixels to memory: of an odd width only one. */
#define FINISH(ROW_BYTES)                                                                                              \
    "ldrd r8, r9, " MULTIPLIER_AND_ROUNDING "\n"                                                                       \
    "lsls r6, r6, #1\n"                                                                                                \
    "lsls r7, r7, #1\n"                                                                                                \
    "smmulr r6, r6, r8\n"                                                                                              \
    "smmulr r7, r7, r8\n"                                                                                              \
    "ldr r8, " SHIFT "\n"                                                                                              \
    "add r6, r6, r6, asr #31\n"                                                                                        \
    "add r7, r7, r7, asr #31\n"                                                                                        \
    "add r6, r9\n"                                                                                                     \
    "add r7, r9\n"                                                                                                     \
    "asr r6, r6, r8\n"                                                                                                 \
    "asr r7, r7, r8\n"                                                                                                 \
    "ldrd r8, r9, " STEP_AND_IS_NARROW "\n"                                                                            \
    "ssat r6, #8, r6\n"                                                                                                \
    "ssat r7, #8, r7\n"                                                                                                \
    "cmp r9, #0\n"                                                                                                     \
    "bne 5f\n"                                                                                                         \
    "3:\n"                                                                                                             \
    "strb r6, [lr]\n"                                                                                                  \
    "subs r10, #2\n"                                                                                                   \
    "blt 4f\n"                                                                                                         \
    "strb r7, [lr, r8]\n"                                                                                              \
    "add lr, lr, r8, lsl #1\n"                                                                                         \
    "bne 2b\n"                                                                                                         \
    "4:\n"                                                                                                             \
    "ldr r10, " ROWS "\n"                                                                                              \
    "ldr r9, [r10, #32]\n"                                                                                             \
    "ldrd r6, r7, " AT "\n"                                                                                            \
    "adds r6, #" ROW_BYTES "\n"                                                                                        \
    "add r7, r9\n"                                                                                                     \
    "strd r6, r7, " AT "\n"                                                                                            \
    "ldr r6, " ROWS_LEFT "\n"                                                                                          \
    "subs r6, #1\n"                                                                                                    \
    "str r6, " ROWS_LEFT "\n"                                                                                          \
    "bne 1b\n"                                                                                                         \
    "add sp, #" STACK_BYTES "\n"                                                                                       \
    "pop {r4-r11, pc}\n"                                                                                               \
    "5:\n"                                                                                                             \
    "ldr r9, " ROWS "\n"                                                                                               \
    "ldrd r8, r9, [r9, #36]\n" CLAMPED("r6") CLAMPED("r7") "ldr r8, " STEP_AND_IS_NARROW "\n"                          \
    "b 3b\n"
#define CLAMPED(A) "cmp " A ", r8\nit lt\nmovlt " A ", r8\ncmp " A ", r9\nit gt\nmovgt " A ", r9\n"

#define UNNAMED __attribute__((unused)) /* in the text below */

__attribute__((naked)) void depthwise_rows_stride_1(const depthwise_rows_t *rows UNNAMED, const int8_t *weights UNNAMED,
                                                    const uint32_t *at UNNAMED, int8_t *out UNNAMED)
{
    __asm__ volatile(BEGIN "ldr r8, [r11]\n"
                           "ldr r9, [r11, #16]\n"
                           "mov r7, r6\n"
                           "smlad r6, r8, r0, r6\n"
                           "smlatb r7, r8, r0, r7\n"
                           "ldr r8, [r11, #32]\n"
                           "add r11, r12\n"
                           "smlad r6, r9, r1, r6\n"
                           "smlatb r7, r9, r1, r7\n"
                           "ldr r9, [r11]\n"
                           "smlad r6, r8, r2, r6\n"
                           "smlatb r7, r8, r2, r7\n"
                           "ldr r8, [r11, #16]\n"
                           "smlabt r6, r9, r3, r6\n"
                           "smlad r7, r9, r3, r7\n"
                           "ldr r9, [r11, #32]\n"
                           "smlabt r6, r8, r4, r6\n"
                           "smlad r7, r8, r4, r7\n"
                           "smlabt r6, r9, r5, r6\n"
                           "smlad r7, r9, r5, r7\n" FINISH("16"));
}

#define ROW_OF_TWO(FIRST, SECOND)                                                                                      \
    "ldr r8, [r11]\n"                                                                                                  \
    "ldr r9, [r11, r12]\n"                                                                                             \
    "smlad r6, r8, " FIRST ", r6\n"                                                                                    \
    "ldr r8, [r11, r12, lsl #1]\n"                                                                                     \
    "smlabt r6, r9, " SECOND ", r6\n"                                                                                  \
    "smlad r7, r9, " FIRST ", r7\n"                                                                                    \
    "smlabt r7, r8, " SECOND ", r7\n"

__attribute__((naked)) void depthwise_rows_stride_2(const depthwise_rows_t *rows UNNAMED, const int8_t *weights UNNAMED,
                                                    const uint32_t *at UNNAMED, int8_t *out UNNAMED)
{
    __asm__ volatile(BEGIN "mov r7, r6\n" ROW_OF_TWO("r0", "r3") "add r11, #16\n" ROW_OF_TWO("r1", "r4") "add r11, #16\n"
                         ROW_OF_TWO("r2", "r5") "sub r11, #32\n"
                                                "add r11, r11, r12, lsl #1\n" FINISH("32"));
}
#elif KERNELS_USE_SIMD
static int8_t finished(const depthwise_rows_t *rows, int32_t sum)
{
    const mac_channel_t *channel = &rows->channel;
    const int32_t value = mac_requantized(sum, channel->multiplier, channel->rounding, channel->shift);
    return (int8_t)mac_clamped(value, rows->activation_min, rows->activation_max);
}

/* Two outputs from two pairs of columns each time; the last of an odd width is not stored. */
void depthwise_rows_stride_1(const depthwise_rows_t *rows, const int8_t *weights, const uint32_t *at, int8_t *out)
{
    const int32_t pair_step = rows->pair_step / 4;

    for (int32_t y = 0; y < rows->rows; ++y, at += DEPTHWISE_GROUP, out += rows->row_step) {
        const uint32_t *pair = at;
        for (int32_t x = 0; x < rows->width; x += 2, pair += pair_step) {
            int32_t sum = rows->channel.bias, next = sum;
            for (int32_t i = 0; i < 3; ++i) {
                const uint32_t word = simd_load(weights + 4 * i);
                const uint32_t left = pair[DEPTHWISE_GROUP * i], right = pair[pair_step + DEPTHWISE_GROUP * i];
                sum = simd_dual_mac(left, simd_even_bytes(word), sum);
                next = simd_mac_top_bottom(left, simd_even_bytes(word), next);
                sum = simd_mac_bottom_top(right, simd_odd_bytes(word), sum);
                next = simd_dual_mac(right, simd_odd_bytes(word), next);
            }
            out[x * rows->out_step] = finished(rows, sum);
            if (x + 1 < rows->width) {
                out[(x + 1) * rows->out_step] = finished(rows, next);
            }
        }
    }
}

void depthwise_rows_stride_2(const depthwise_rows_t *rows, const int8_t *weights, const uint32_t *at, int8_t *out)
{
    const int32_t pair_step = rows->pair_step / 4;

    for (int32_t y = 0; y < rows->rows; ++y, at += 2 * DEPTHWISE_GROUP, out += rows->row_step) {
        const uint32_t *pair = at;
        for (int32_t x = 0; x < rows->width; ++x, pair += pair_step) {
            int32_t sum = rows->channel.bias;
            for (int32_t i = 0; i < 3; ++i) {
                const uint32_t word = simd_load(weights + 4 * i);
                sum = simd_dual_mac(pair[DEPTHWISE_GROUP * i], simd_even_bytes(word), sum);
                sum = simd_mac_bottom_top(pair[pair_step + DEPTHWISE_GROUP * i], simd_odd_bytes(word), sum);
            }
            out[x * rows->out_step] = finished(rows, sum);
        }
    }
}
#else
typedef int depthwise_rows_need_the_dsp_extension;
#endif
