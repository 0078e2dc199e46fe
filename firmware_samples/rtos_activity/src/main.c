/* Three tasks: one samples a motion sensor at 10 Hz, one classifies what ten seconds of it show, one prints.
 *
 * The sensor is a recording in flash (g_inputs_0, held-back data of the sample `activity`), read as a driver would
 * read it: one sample of all channels each time.
 */
#include <stdint.h>

#include "board.h"
#include "chip.h"
#include "inputs.h"
#include "line.h"
#include "network.h"
#include "scheduler.h"

#define TICKS_PER_SECOND 100u
#define SAMPLE_PERIOD (TICKS_PER_SECOND / 10u)
#define CHANNELS_COUNT 6u
#define SAMPLES_COUNT (NETWORK_INPUT_0_BYTES / CHANNELS_COUNT)

#define SAMPLING_PRIORITY 3u
#define REPORT_PRIORITY 2u
#define INFERENCE_PRIORITY 1u

static task_t sampling_task, inference_task, report_task;
static uint64_t sampling_stack[384 / 8], inference_stack[1024 / 8], report_stack[512 / 8];

/* The sampling task fills one window while the network may still read the other. */
static int8_t windows[2][NETWORK_INPUT_0_BYTES];
static semaphore_t window_is_full, result_is_ready;
static volatile uint32_t full_window;

int32_t g_activities[INPUTS_COUNT]; /* readable by symbol: what the network said */
volatile uint32_t g_results_count;

static void sampling(void)
{
    const uint8_t *sensor = g_inputs_0;
    uint32_t last_tick = 0;

    for (uint32_t run = 0; run < INPUTS_COUNT; ++run) {
        for (uint32_t sample = 0; sample < SAMPLES_COUNT; ++sample, sensor += CHANNELS_COUNT) {
            task_delay_until(&last_tick, SAMPLE_PERIOD);
            __builtin_memcpy(&windows[run % 2][sample * CHANNELS_COUNT], sensor, CHANNELS_COUNT);
        }
        full_window = run % 2;
        semaphore_give(&window_is_full);
    }
    for (;;) { /* the recording has ended */
        task_delay_until(&last_tick, TICKS_PER_SECOND);
    }
}

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

static void inference(void)
{
    for (;;) {
        semaphore_take(&window_is_full);
        __builtin_memcpy(g_input, windows[full_window], NETWORK_INPUT_0_BYTES);
        mcusim_infer();
        g_activities[g_results_count % INPUTS_COUNT] = most_likely();
        ++g_results_count;
        semaphore_give(&result_is_ready);
    }
}

static void report(void)
{
    static const char *const names[] = {"badminton", "running", "standing", "walking"};

    for (uint32_t run = 0; run < INPUTS_COUNT; ++run) {
        semaphore_take(&result_is_ready);
        line_text("activity");
        line_unsigned(run);
        line_text(": ");
        line_text(names[g_activities[run]]);
        line_end();
    }
    board_finish();
}

int main(void)
{
    board_init();
    task_create(&sampling_task, "sampling", SAMPLING_PRIORITY, sampling, sampling_stack, sizeof sampling_stack);
    task_create(&inference_task, "inference", INFERENCE_PRIORITY, inference, inference_stack,
                sizeof inference_stack);
    task_create(&report_task, "report", REPORT_PRIORITY, report, report_stack, sizeof report_stack);
    scheduler_start(BOARD_CLOCK_HZ / TICKS_PER_SECOND);
}
