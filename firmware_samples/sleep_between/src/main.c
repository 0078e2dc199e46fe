/* Every five seconds: wakes up, looks at the last eight seconds of an electrocardiogram, says what the rhythm is, sleeps again. */
#include <stdint.h>

#include "board.h"
#include "inputs.h"
#include "line.h"
#include "network.h"
#include "wake_up.h"

#define PERIOD_SECONDS 5u
_Static_assert(PERIOD_SECONDS <= PERIOD_MAX_SECONDS, "longer than the timers can wait");

int32_t g_rhythms[INPUTS_COUNT]; /* readable by symbol: what the network said */

static int32_t most_likely(void)
{
    int32_t best = 0;
    for (int32_t i = 1; i < NETWORK_OUTPUT_0_ELEMENTS_COUNT; ++i) {
        if (g_output[i] > g_output[best]) {
            best = i;
        }
    }
    return best;
}

/* All that the firmware is awake for, as one function: `--roi look` measures it. */
__attribute__((noinline)) static void look(uint32_t window)
{
    static const char *const names[] = {"sinus rhythm", "atrial fibrillation", "ectopic beats"};

    __builtin_memcpy(g_input, &g_inputs_0[window * NETWORK_INPUT_0_BYTES], NETWORK_INPUT_0_BYTES);
    mcusim_infer();
    g_rhythms[window] = most_likely();
    line_text("window");
    line_unsigned(window);
    line_text(": ");
    line_text(names[g_rhythms[window]]);
    line_end();
}

int main(void)
{
    board_init();
    wake_up_start(PERIOD_SECONDS);
    for (uint32_t window = 0; window < INPUTS_COUNT; ++window) {
        wake_up_wait();
        look(window);
    }
    board_finish();
}
