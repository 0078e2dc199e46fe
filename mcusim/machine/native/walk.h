/* Fetch words and data accesses of a Cortex-M0 or M0+ in turn on its one bus, in front of wait-stated flash with line
 * buffers and prefetch. Knows addresses and cycles only; the numbers come from Python (machine/fetch_walk.py). */
#ifndef MCUSIM_WALK_H
#define MCUSIM_WALK_H
#include <stdint.h>

enum { WALK_LINES_MAX = 64, WALK_AHEAD_MAX = 8, WALK_WORDS = 16, WALK_STALLS_MAX = 128 };

typedef struct { /* one instruction; the same layout is in machine/fetch_walk.py */
    uint8_t halfwords; /* its size */
    uint8_t cycles;    /* at zero wait states, without the refill of a taken branch */
    uint8_t accesses;  /* bus transfers of its data */
    uint8_t spare;
} WalkStep;

typedef struct { uint32_t lines[WALK_LINES_MAX], count; } WalkBuffers; /* most recently used first */

typedef struct { uint32_t halfword; int64_t fetch_cycles, data_cycles; } WalkStall; /* of the instruction that begins there */

typedef struct {
    /* the core */
    int64_t decode_cycles;    /* from a word's arrival to its first execute cycle */
    int64_t request_lead_cycles; /* how long before an instruction executes its place in the queue is free */
    uint32_t queue_words;     /* words that may be on their way or waiting */
    /* the flash */
    uint32_t line_shift, data_shift;
    int64_t wait_cycles;
    uint32_t ahead_lines;     /* lines read ahead; 0: prefetch is off */
    WalkBuffers buffers, data_buffers;
    /* the walk */
    int64_t now, bus_free, array_free, current_arrival, request_first;
    uint32_t current_line;    /* the line in the output register */
    uint32_t ahead_line[WALK_AHEAD_MAX], ahead_count;
    int64_t ahead_arrival[WALK_AHEAD_MAX];
    uint32_t next_addr, last_word, first_word;
    int64_t arrival[WALK_WORDS], freed[WALK_WORDS]; /* by word */
    WalkStall stalls[WALK_STALLS_MAX]; /* of the last block */
    uint32_t stalls_count;
} Walk;

void walk_init(Walk *walk);
void walk_forget(Walk *walk);
/* Runs a block and leaves its stalls in walk->stalls. `data_addrs`, by halfword of the block: where in flash the
 * instruction there reads, 0 for anywhere else. */
void walk_block(Walk *walk, uint32_t addr, int64_t refill_cycles, const WalkStep *steps, uint32_t steps_count,
                const uint32_t *data_addrs);
#endif
