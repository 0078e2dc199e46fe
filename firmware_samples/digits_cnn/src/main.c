/* Classifies the bundled handwritten digits and prints what it sees. */
#include <stdint.h>
#include "board.h"
#include "cortexm.h"
#include "model_data_digits.h"
#include "network.h"
#include "print.h"

/* Readable by symbol from a debugger or a simulator. */
int8_t g_input[NETWORK_INPUTS] __attribute__((aligned(4)));
int8_t g_output[NETWORK_OUTPUTS] __attribute__((aligned(4)));
int8_t g_all_logits[DIGITS_COUNT][NETWORK_OUTPUTS];
int8_t g_all_outputs[DIGITS_COUNT][NETWORK_OUTPUTS];
int32_t g_predictions[DIGITS_COUNT];
int32_t g_correct;
uint32_t g_infer_ticks; /* the latest inference as SysTick saw it: cycles, plus the few of reading the counter */

static void ticks_start(void)
{
    SYST_RVR = SYST_MAX;
    SYST_CVR = 0; /* any write clears */
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_ENABLE;
}

static int32_t most_likely(const int8_t *probabilities)
{
    int32_t best = 0;
    for (int32_t i = 1; i < NETWORK_OUTPUTS; ++i) {
        if (probabilities[i] > probabilities[best]) {
            best = i;
        }
    }
    return best;
}

static void classify(int32_t index)
{
    __builtin_memcpy(g_input, &digit_inputs[index * NETWORK_INPUTS], sizeof g_input);
    uint32_t before = SYST_CVR;
    mcusim_infer(g_input, g_output);
    g_infer_ticks = (before - SYST_CVR) & SYST_MAX; /* SysTick counts down */
    g_predictions[index] = most_likely(g_output);
    __builtin_memcpy(g_all_logits[index], g_logits, sizeof g_logits);
    __builtin_memcpy(g_all_outputs[index], g_output, sizeof g_output);
}

static void report(int32_t index)
{
    print_text("digit ");
    print_unsigned((uint32_t)index);
    print_text(": predicted ");
    print_unsigned((uint32_t)g_predictions[index]);
    print_text(" label ");
    print_unsigned((uint32_t)digit_labels[index]);
    print_text("\n");
}

int main(void)
{
    board_init();
    ticks_start();
    for (int32_t index = 0; index < DIGITS_COUNT; ++index) {
        classify(index);
        report(index);
        g_correct += g_predictions[index] == digit_labels[index];
    }
    SYST_CSR = 0;
    print_text("accuracy ");
    print_unsigned((uint32_t)g_correct);
    print_text("/");
    print_unsigned(DIGITS_COUNT);
    print_text("\n");
    board_finish();
}
