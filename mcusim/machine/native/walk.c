/* Rules: docs/concepts/timing.md, "One bus and wait-stated flash". */
#include "walk.h"

#include <string.h>

#define NO_LINE UINT32_MAX
#define NOT_YET (INT64_MAX / 2)

static inline int64_t later(int64_t left, int64_t right) { return left > right ? left : right; }

void walk_init(Walk *walk) {
    memset(walk, 0, sizeof *walk);
    walk->decode_cycles = walk->request_lead_cycles = 1;
    walk->queue_words = 2;
    walk->line_shift = 3;
    walk->data_shift = 2;
    walk_forget(walk);
}

/* The buffers are empty, and nothing is on its way. */
void walk_forget(Walk *walk) {
    for (uint32_t i = 0; i < WALK_LINES_MAX; i++) walk->buffers.lines[i] = walk->data_buffers.lines[i] = NO_LINE;
    walk->current_line = NO_LINE;
    walk->ahead_count = 0;
    walk->next_addr = 1; /* no instruction is at an odd address: the next block starts afresh */
    walk->stalls_count = 0;
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
    if (!buffers->count || find(buffers, line)) return;
    for (uint32_t i = buffers->count - 1; i; i--) buffers->lines[i] = buffers->lines[i - 1];
    buffers->lines[0] = line;
}

/* Takes the line out of those read ahead, with the ones before it; -1 when it is not there. */
static inline int64_t taken_ahead(Walk *walk, uint32_t line) {
    for (uint32_t i = 0; i < walk->ahead_count; i++) {
        if (walk->ahead_line[i] != line) continue;
        int64_t arrival = walk->ahead_arrival[i];
        walk->ahead_count -= i + 1;
        memmove(walk->ahead_line, walk->ahead_line + i + 1, walk->ahead_count * sizeof *walk->ahead_line);
        memmove(walk->ahead_arrival, walk->ahead_arrival + i + 1, walk->ahead_count * sizeof *walk->ahead_arrival);
        return arrival;
    }
    return -1;
}

static void read_ahead(Walk *walk, uint32_t line, int64_t from) {
    if (walk->ahead_count && walk->ahead_line[0] != line + 1) walk->ahead_count = 0;
    for (uint32_t next = line + 1; next <= line + walk->ahead_lines; next++) {
        if (next - line <= walk->ahead_count) continue;
        if (find(&walk->buffers, next)) return;
        int64_t arrival = later(from - 1, walk->array_free) + 1 + walk->wait_cycles;
        walk->array_free = arrival;
        walk->ahead_line[walk->ahead_count] = next;
        walk->ahead_arrival[walk->ahead_count++] = arrival;
    }
}

/* When the word arrives that is requested in cycle `request`. */
static inline int64_t fetched(Walk *walk, uint32_t word, int64_t request) {
    uint32_t line = word >> (walk->line_shift - 2);
    if (line == walk->current_line) return later(request + 1, walk->current_arrival);
    int64_t data = taken_ahead(walk, line);
    if (data >= 0) {
        data = later(request + 1, data);
        insert(&walk->buffers, line);
    } else if (find(&walk->buffers, line)) {
        data = request + 1;
    } else {
        data = later(request, walk->array_free) + 1 + walk->wait_cycles;
        walk->array_free = data;
        insert(&walk->buffers, line);
    }
    walk->current_line = line;
    walk->current_arrival = data;
    if (walk->ahead_lines) read_ahead(walk, line, data);
    return data;
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
    int64_t request = walk->now - walk->decode_cycles - 1;
    if (walk->bus_free > request) walk->bus_free = request;
    if (walk->array_free > request) walk->array_free = request;
    if (walk->current_arrival > request) walk->current_arrival = request;
    for (uint32_t i = 0; i < walk->ahead_count; i++)
        if (walk->ahead_arrival[i] > request) walk->ahead_arrival[i] = request;
    fetch_from(walk, addr, request);
}

static void branch(Walk *walk, uint32_t addr, int64_t refill_cycles) {
    walk->now += refill_cycles;
    int64_t request = walk->now - walk->decode_cycles - 1; /* its execute cycle; words of the wrong path go first */
    request_until(walk, request);
    fetch_from(walk, addr, later(request, walk->bus_free));
}

static inline int64_t fetch_wait(Walk *walk, uint32_t last_word) {
    while ((int32_t)(last_word - walk->last_word) > 0) {
        int64_t request = next_request(walk);
        request_next(walk, request < NOT_YET ? request : walk->bus_free);
    }
    return walk->arrival[last_word % WALK_WORDS] + walk->decode_cycles - walk->now;
}

/* One bus transfer that is ready in cycle `ready`; returns when its data is there. */
static inline int64_t transfer(Walk *walk, uint32_t flash_addr, int64_t ready, WalkStall *stall) {
    request_until(walk, ready);
    int64_t start = later(ready, walk->bus_free), end = start + 1;
    stall->fetch_cycles += start - ready; /* the bus waited for flash with a fetch */
    if (flash_addr && !find(&walk->data_buffers, flash_addr >> walk->data_shift)) {
        end += walk->wait_cycles;
        walk->array_free = later(walk->array_free, end);
        stall->data_cycles += walk->wait_cycles;
        insert(&walk->data_buffers, flash_addr >> walk->data_shift);
    }
    walk->bus_free = end;
    return end;
}

static inline void keep(Walk *walk, const WalkStall *stall) {
    if (walk->stalls_count < WALK_STALLS_MAX) {
        walk->stalls[walk->stalls_count++] = *stall;
        return;
    }
    walk->stalls[WALK_STALLS_MAX - 1].fetch_cycles += stall->fetch_cycles;
    walk->stalls[WALK_STALLS_MAX - 1].data_cycles += stall->data_cycles;
}

void walk_block(Walk *walk, uint32_t addr, int64_t refill_cycles, const WalkStep *steps, uint32_t steps_count,
                const uint32_t *data_addrs) {
    if (addr != walk->next_addr && !refill_cycles) settle(walk, addr);
    if (refill_cycles) branch(walk, addr, refill_cycles);
    walk->stalls_count = 0;
    uint32_t halfword = 0;
    for (const WalkStep *step = steps, *end = steps + steps_count; step < end; step++) {
        uint32_t next_addr = addr + 2u * step->halfwords;
        WalkStall stall = {halfword, 0, 0};
        int64_t wait = fetch_wait(walk, (next_addr - 1) >> 2);
        if (wait > 0) {
            walk->now += wait;
            stall.fetch_cycles = wait;
        }
        for (uint32_t word = addr >> 2; word < next_addr >> 2; word++) walk->freed[word % WALK_WORDS] = walk->now - walk->request_lead_cycles;
        int64_t ready = walk->now;
        uint32_t flash_addr = step->accesses ? data_addrs[halfword] : 0;
        for (uint32_t i = 0; i < step->accesses; i++) ready = transfer(walk, flash_addr ? flash_addr + 4 * i : 0, ready, &stall);
        walk->now = step->accesses ? ready + (step->cycles - step->accesses) : walk->now + step->cycles;
        if (stall.fetch_cycles | stall.data_cycles) keep(walk, &stall);
        halfword += step->halfwords;
        addr = next_addr;
    }
    walk->next_addr = addr;
}
