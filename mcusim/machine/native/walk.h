/* Fetch words and data transfers of a Cortex-M0 or M0+ in turn on its one bus, in front of wait-stated flash with line
 * buffers and prefetch. Knows addresses and cycles only; the numbers come from Python (machine/fetch_walk.py). */
#ifndef MCUSIM_WALK_H
#define MCUSIM_WALK_H
#include <stdint.h>

enum { WALK_LINES_MAX = 64, WALK_WORDS = 16, WALK_STALLS_MAX = 128, WALK_READS_MAX = 512 };
#define WALK_ELSEWHERE UINT32_MAX /* data that is not in flash */

typedef struct { /* one instruction; the same layout is in machine/fetch_walk.py */
    uint8_t halfwords; /* its size */
    uint8_t cycles;    /* at zero wait states, without the refill of a taken branch */
    uint8_t transfers; /* of its data, on the bus */
    uint8_t is_known;  /* where its data is was computed: the next of the block's addresses is its own */
} WalkStep;

typedef struct { uint32_t lines[WALK_LINES_MAX], count; } WalkBuffers; /* most recently used first */

typedef struct { uint32_t halfword; int64_t fetch_cycles, data_cycles; } WalkStall; /* of the instruction that begins there */

typedef struct {
    /* the core */
    int64_t refill_cycles;       /* of a taken branch; a word that arrives executes as many cycles later */
    int64_t request_lead_cycles; /* how long before an instruction executes its place in the queue is free */
    uint32_t queue_words;        /* words that may be on their way or waiting */
    /* the flash */
    uint32_t line_shift, data_shift;
    int64_t fetch_wait_cycles, data_wait_cycles;
    int is_prefetch_on;
    WalkBuffers buffers, data_buffers;
    /* the walk */
    int64_t now, bus_free, array_free, request_first;
    uint32_t current_line, ahead_line; /* in the output register; read ahead */
    int64_t current_arrival, ahead_arrival;
    uint32_t next_addr, first_word, last_word;
    int64_t arrival[WALK_WORDS], freed[WALK_WORDS]; /* by word */
    WalkStall stalls[WALK_STALLS_MAX]; /* of the last block */
    uint32_t stalls_count;
    uint64_t fetches, fetch_misses, data_reads, data_misses;
    /* data of the block that is being counted: an address in flash or WALK_ELSEWHERE, in the order of the instructions */
    uint32_t reads[WALK_READS_MAX], reads_count;
} Walk;

void walk_init(Walk *walk);
void walk_forget(Walk *walk);
/* Runs the block at `addr` and leaves its stalls in walk->stalls. `is_taken`: a branch led here. */
void walk_block(Walk *walk, uint32_t addr, int is_taken, const WalkStep *steps, uint32_t steps_count);

static inline void walk_read(Walk *walk, uint32_t addr) {
    if (walk->reads_count < WALK_READS_MAX) walk->reads[walk->reads_count++] = addr;
}
#endif
