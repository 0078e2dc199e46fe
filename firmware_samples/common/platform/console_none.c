/* No console: for hardware without a debugger. The results are in memory; the program ends asleep. */
#include "board.h"
#include "cortexm.h"

void board_write(const char *text)
{
    (void)text;
}

void board_finish(void)
{
    for (;;) {
        wait_for_interrupt();
    }
}
