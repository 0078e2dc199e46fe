/* Grades all held-back wines with both forms of the forest and says how many are right. */
#include <stdint.h>
#include "board.h"
#include "print.h"
#include "rows.h"

/* Not our code, and it does not use the count of features that it is given. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "forest_hard.h"
#include "forest_soft.h"
#pragma GCC diagnostic pop

/* Readable by symbol from a debugger or a simulator. */
uint8_t g_soft_predictions[ROWS_COUNT];
uint8_t g_hard_predictions[ROWS_COUNT];
uint32_t g_soft_correct;
uint32_t g_hard_correct;

__attribute__((noinline)) int32_t mcusim_infer(const int16_t *features)
{
    return forest_soft_predict(features, FEATURES_COUNT);
}

/* The same forest without floating point: each tree has one vote. */
__attribute__((noinline)) int32_t infer_by_votes(const int16_t *features)
{
    return forest_hard_predict(features, FEATURES_COUNT);
}

static void report(const char *name, uint32_t correct)
{
    print_text(name);
    print_unsigned(correct);
    print_text("/");
    print_unsigned(ROWS_COUNT);
    print_text("\n");
}

int main(void)
{
    board_init();
    for (int32_t index = 0; index < ROWS_COUNT; ++index) {
        g_soft_predictions[index] = (uint8_t)mcusim_infer(row_features[index]);
        g_hard_predictions[index] = (uint8_t)infer_by_votes(row_features[index]);
        g_soft_correct += g_soft_predictions[index] == row_labels[index][0];
        g_hard_correct += g_hard_predictions[index] == row_labels[index][0];
    }
    report("soft voting: right ", g_soft_correct);
    report("hard voting: right ", g_hard_correct);
    board_finish();
}
