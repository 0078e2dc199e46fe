/* The rules are explained in docs/concepts/memory.md. Time here is the walk's own: static cycles and its own stalls. */
#include "core.h"

#include <string.h>

#define NO_LINE UINT32_MAX
#define NOWHERE 1 /* no instruction is at an odd address */
#define NOT_YET (INT64_MAX / 2)

static inline int64_t later(int64_t left, int64_t right) { return left > right ? left : right; }
static inline int64_t earlier(int64_t left, int64_t right) { return left < right ? left : right; }

void walk_init(Walk *walk) {
    memset(walk, 0, sizeof *walk);
    walk->refill_cycles = 1;
    walk->queue_words = 2;
    walk->line_shift = walk->data_shift = 2;
    walk_forget(walk);
}

/* The buffers are empty, and nothing is on its way. */
void walk_forget(Walk *walk) {
    for (uint32_t i = 0; i < WALK_LINES_MAX; i++) walk->buffers.lines[i] = walk->data_buffers.lines[i] = NO_LINE;
    walk->current_line = walk->ahead_line = NO_LINE;
    walk->next_addr = NOWHERE;
}

/* 1 when the line is there; it is the most recently used one then. */
static inline int find(WalkBuffers *buffers, uint32_t line) {
    for (uint32_t i = 0; i < buffers->count; i++) {
        if (buffers->lines[i] != line) continue;
        for (; i; i--) buffers->lines[i] = buffers->lines[i - 1];
        buffers->lines[0] = line;
        return 1;
    }
    return 0;
}

static inline void insert(WalkBuffers *buffers, uint32_t line) {
    if (!buffers->count) return;
    for (uint32_t i = buffers->count - 1; i; i--) buffers->lines[i] = buffers->lines[i - 1];
    buffers->lines[0] = line;
}

/* When the word arrives that is requested in cycle `request`. */
static int64_t fetched_new_line(Walk *walk, uint32_t line, int64_t request) {
    int64_t data = request + 1;
    walk->fetches++;
    int is_buffered = find(&walk->buffers, line);
    if (line == walk->ahead_line) {
        data = later(data, walk->ahead_arrival);
        walk->ahead_line = NO_LINE;
    } else if (!is_buffered) {
        walk->fetch_misses++;
        data = later(request, walk->array_free) + 1 + walk->fetch_wait_cycles;
        walk->array_free = data;
    }
    if (!is_buffered) insert(&walk->buffers, line);
    walk->current_line = line;
    walk->current_arrival = data;
    if (walk->is_prefetch_on && !find(&walk->buffers, line + 1) && walk->ahead_line != line + 1) {
        walk->ahead_line = line + 1;
        walk->array_free = walk->ahead_arrival = later(data - 1, walk->array_free) + 1 + walk->fetch_wait_cycles;
    }
    return data;
}

static inline int64_t fetched(Walk *walk, uint32_t word, int64_t request) {
    uint32_t line = word >> (walk->line_shift - 2);
    return line == walk->current_line ? later(request + 1, walk->current_arrival) : fetched_new_line(walk, line, request);
}

/* The cycle in which the next word can be requested; NOT_YET when the queue has no place for it. */
static inline int64_t next_request(const Walk *walk) {
    uint32_t word = walk->last_word + 1, leaving = word - walk->queue_words;
    int64_t request = later(walk->bus_free, walk->request_first);
    return word - walk->first_word < walk->queue_words ? request : later(request, walk->freed[leaving % WALK_WORDS]);
}

static inline void request_next(Walk *walk, int64_t request) {
    uint32_t word = ++walk->last_word;
    walk->freed[word % WALK_WORDS] = NOT_YET;
    walk->bus_free = walk->arrival[word % WALK_WORDS] = fetched(walk, word, request);
}

static inline void request_until(Walk *walk, int64_t cycle) {
    for (int64_t request = next_request(walk); request < cycle; request = next_request(walk)) request_next(walk, request);
}

static void fetch_from(Walk *walk, uint32_t addr, int64_t request) {
    walk->first_word = addr >> 2;
    walk->last_word = walk->first_word - 1;
    walk->request_first = request;
}

/* Something else ran, for at least as long as anything was on its way. */
static void settle(Walk *walk, uint32_t addr) {
    int64_t request = walk->now - walk->refill_cycles - 1;
    walk->bus_free = earlier(walk->bus_free, request);
    walk->array_free = earlier(walk->array_free, request);
    walk->current_arrival = earlier(walk->current_arrival, request);
    walk->ahead_arrival = earlier(walk->ahead_arrival, request);
    fetch_from(walk, addr, request);
}

static void branch(Walk *walk, uint32_t addr) {
    int64_t request = walk->now - 1; /* while the branch executes; words of the wrong path go first */
    walk->now += walk->refill_cycles;
    request_until(walk, request);
    fetch_from(walk, addr, later(request, walk->bus_free));
}

static inline int64_t fetch_wait(Walk *walk, uint32_t last_word) {
    while ((int32_t)(last_word - walk->last_word) > 0) {
        int64_t request = next_request(walk);
        request_next(walk, request < NOT_YET ? request : walk->bus_free);
    }
    return walk->arrival[last_word % WALK_WORDS] + walk->refill_cycles - walk->now;
}

static inline int64_t data_wait(Walk *walk, uint32_t addr) {
    walk->data_reads++;
    uint32_t line = addr >> walk->data_shift;
    if (find(&walk->data_buffers, line)) return 0;
    insert(&walk->data_buffers, line);
    walk->data_misses++;
    return walk->data_wait_cycles;
}

/* One bus transfer that is ready in cycle `ready`; returns when its data is there. */
static inline int64_t transfer(Walk *walk, uint32_t addr, int64_t ready, WalkStall *stall) {
    request_until(walk, ready);
    int64_t start = later(ready, walk->bus_free), end = start + 1;
    stall->fetch_cycles += start - ready; /* the bus waited for flash with a fetch */
    if (addr != WALK_ELSEWHERE) {
        int64_t wait = data_wait(walk, addr);
        stall->data_cycles += wait;
        end += wait;
        if (wait) walk->array_free = later(walk->array_free, end);
    }
    return walk->bus_free = end;
}

static inline void keep(Walk *walk, const WalkStall *stall) {
    if (walk->stalls_count < WALK_STALLS_MAX) {
        walk->stalls[walk->stalls_count++] = *stall;
        return;
    }
    walk->stalls[WALK_STALLS_MAX - 1].fetch_cycles += stall->fetch_cycles;
    walk->stalls[WALK_STALLS_MAX - 1].data_cycles += stall->data_cycles;
}

/* The data of one instruction goes over the bus; returns when the instruction has all of it. */
static inline int64_t transfers(Walk *walk, const WalkStep *step, uint32_t addr, WalkStall *stall) {
    int64_t ready = walk->now;
    for (uint32_t i = 0; i < step->transfers; i++) ready = transfer(walk, addr == WALK_ELSEWHERE ? addr : addr + 4 * i, ready, stall);
    return ready + (step->cycles - step->transfers);
}

void walk_block(Walk *walk, uint32_t addr, int is_taken, const WalkStep *steps, uint32_t steps_count) {
    if (walk->next_addr == NOWHERE) settle(walk, addr);
    else if (is_taken) branch(walk, addr);
    else if (walk->next_addr != addr) settle(walk, addr);
    walk->stalls_count = 0;
    uint32_t halfword = 0, reads = 0;
    for (const WalkStep *step = steps, *end = steps + steps_count; step < end; step++) {
        uint32_t next_addr = addr + 2u * step->halfwords;
        WalkStall stall = {halfword, 0, 0};
        int64_t wait = fetch_wait(walk, (next_addr - 1) >> 2);
        if (wait > 0) {
            walk->now += wait;
            stall.fetch_cycles = wait;
        }
        for (uint32_t word = addr >> 2; word < next_addr >> 2; word++) walk->freed[word % WALK_WORDS] = walk->now - walk->request_lead_cycles;
        uint32_t data_addr = step->is_known && reads < walk->reads_count ? walk->reads[reads++] : WALK_ELSEWHERE;
        walk->now = step->transfers ? transfers(walk, step, data_addr, &stall) : walk->now + step->cycles;
        if (stall.fetch_cycles | stall.data_cycles) keep(walk, &stall);
        halfword += step->halfwords;
        addr = next_addr;
    }
    walk->next_addr = addr;
}

void walk_count(Core *core, Block *block) {
    Walk *walk = &core->walk;
    const Block *before = core->previous;
    uint32_t end_addr = before->canonical_addr + before->size_bytes;
    if (walk->next_addr != end_addr) walk->next_addr = NOWHERE; /* something else ran since */
    int is_taken = block->canonical_addr != end_addr || before->flags & (BLOCK_CALL | BLOCK_INDIRECT);
    walk_block(walk, block->canonical_addr, is_taken, block->walk_steps, block->instructions_count);
    for (uint32_t i = 0; i < walk->stalls_count; i++) {
        const WalkStall *stall = &walk->stalls[i];
        if (stall->fetch_cycles) core_add_at(core, block, REASON_FLASH_FETCH, stall->fetch_cycles, stall->halfword, 1);
        if (stall->data_cycles) core_add_at(core, block, REASON_FLASH_DATA, stall->data_cycles, stall->halfword, 0);
    }
    core->flash.fetches = walk->fetches;
    core->flash.fetch_misses = walk->fetch_misses;
    core->flash.data_reads = walk->data_reads;
    core->flash.data_misses = walk->data_misses;
}

void walk_access(Core *core, Block *block, const Range *range, uint32_t addr, uint32_t words, int is_load) {
    int is_flash = range && range->is_flash && is_load;
    if (block->walk_steps) {
        walk_read(&core->walk, is_flash ? addr + range->to_canonical : WALK_ELSEWHERE);
    } else if (is_flash) { /* from code in RAM: nothing to walk, but the data comes the same way */
        int64_t cycles = 0;
        for (uint32_t i = 0; i < words; i++) cycles += data_wait(&core->walk, addr + range->to_canonical + 4 * i);
        if (cycles) core_add(core, block, REASON_FLASH_DATA, cycles);
    }
}
