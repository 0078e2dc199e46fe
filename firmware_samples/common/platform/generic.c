/* No board in mind: at the clock that the chip starts with. */
#include "board.h"

void board_init(void)
{
}
