/* No board in mind, on a Cortex-M7: at the clock that the chip starts with, caches on. */
#include "board.h"
#include "caches.h"

void board_init(void)
{
    caches_enable();
}
