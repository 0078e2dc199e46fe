/* What instruction fetches and data accesses wait for: wait-stated flash behind buffers, a prefetch buffer and line
 * caches, or a core's own L1 caches in front of flash and RAM (docs/concepts/memory.md). */
#include "core.h"

#define NO_UNIT UINT32_MAX
enum { FETCH_PATH_SHIFT = 3 }; /* 64 bits: the fetch path of a core with L1 caches, when they are off */

int is_uncacheable(const Core *core, uint32_t addr) {
    for (uint32_t i = 0; i < core->uncacheable_count; i++)
        if (addr - core->uncacheable[i].start < core->uncacheable[i].end - core->uncacheable[i].start) return 1;
    return 0;
}

/* When the instruction at `offset` of the block that is being counted starts, by the port's own clock: it knows the
 * static cost of blocks and the port's stalls, and nothing else, so that no other term can change what the port does. */
static int64_t time_at(const Core *core, uint32_t offset_halfwords) {
    const Edge *edge = core->last_edge;
    return core->flash.now - edge->body_cycles + (edge->elapsed ? edge->elapsed[offset_halfwords] : 0);
}

static void stall(Core *core, Block *block, int reason, int64_t cycles, uint32_t offset_halfwords, int is_before) {
    core->flash.now += cycles;
    core_add_at(core, block, reason, cycles, offset_halfwords, is_before);
}

/* Cycles until `unit`, which is in no cache, is there; the next one is read behind it. */
static int64_t read_array(FlashPort *port, uint32_t unit, int64_t time, int *is_read_ahead) {
    *is_read_ahead = port->is_prefetch_on && unit == port->ahead_unit;
    int64_t cycles = port->miss_cycles;
    if (*is_read_ahead) {
        cycles = port->ahead_ready - time;
        if (cycles < port->ahead_hit_cycles) cycles = port->ahead_hit_cycles;
    }
    port->ahead_unit = port->is_prefetch_on ? unit + 1 : NO_UNIT;
    port->ahead_ready = time + cycles + port->ahead_cycles;
    return cycles;
}

static void follow_hit(FlashPort *port, const LineCache *cache, uint32_t unit, int64_t time) {
    if (!port->is_prefetch_on || !port->follows_hits || port->ahead_unit == unit + 1 || cache_holds(cache, unit + 1)) return;
    port->ahead_unit = unit + 1;
    port->ahead_ready = time + port->ahead_cycles;
}

static int64_t fill_cycles(const Core *core, const Range *range) {
    const FlashPort *port = &core->flash;
    return !range || range->is_flash ? port->miss_cycles : range->fill_cycles * port->bus_divider / port->nominal_divider;
}

/* Cycles that a load waits for its line: the memory gives the rest of the line before it begins. Fetches of a block are
 * counted ahead of its loads and are left out: loads would wait for fetches that come after them. */
static int64_t load_line(Core *core, const Range *range) {
    FlashPort *port = &core->flash;
    int64_t *free_at = &port->free_at[range->is_flash ? 0 : range - core->ranges + 1];
    int64_t time = time_at(core, core->charge_offset), cycles = fill_cycles(core, range);
    if (*free_at > time) cycles += *free_at - time;
    *free_at = time + cycles + port->line_rest_cycles;
    return cycles;
}

/* The first of the block's halfwords that is in `unit`. */
static uint32_t offset_of(const FlashPort *port, const Block *block, uint32_t unit) {
    uint32_t start = unit << port->fetch_shift;
    return start > block->canonical_addr ? (start - block->canonical_addr) >> 1 : 0;
}

static void fetch_missed(Core *core, Block *block, uint32_t unit) {
    FlashPort *port = &core->flash;
    uint32_t offset = offset_of(port, block, unit);
    int reason = port->is_fetch_cached ? REASON_INSTRUCTION_CACHE : REASON_FLASH_FETCH, is_read_ahead = 0;
    int64_t cycles;
    if (port->kind == PORT_PREFETCH) {
        cycles = read_array(port, unit, time_at(core, offset), &is_read_ahead);
        if (is_read_ahead) reason = REASON_FLASH_FETCH;
    } else if (port->kind == PORT_L1) {
        cycles = fill_cycles(core, block->range);
        if (!port->is_fetch_cached && block->range && !block->range->is_flash) reason = REASON_SLOW_MEMORY;
    } else {
        int64_t stall_q8 = port->fetch_miss_q8 + port->fetch_fraction_q8; /* whole cycles only; the rest waits for the next miss */
        port->fetch_fraction_q8 = stall_q8 & 255;
        cycles = stall_q8 >> 8;
    }
    if (cycles) stall(core, block, reason, cycles, offset, 1);
}

static void fetched_again(Core *core, Block *block, uint32_t unit) {
    follow_hit(&core->flash, &core->flash.instruction, unit, time_at(core, offset_of(&core->flash, block, unit)));
}

/* Where only fetches use the line that is read ahead, lines are asked for when the core asks: ahead of execution. Its
 * buffer has three words (Arm knowledge article on 32-bit opcodes that are not word-aligned). The next word is asked for
 * when the last halfword of the word three before it goes to decode, a cycle before it executes, and one a cycle at most.
 * Asking when a line's first instruction executes made code that is bigger than an STM32F407's cache 2.6 % too slow at
 * five wait states, by the counts of the author of cortexm-AES; by these rules it is within 1 %. */
enum { ROOM_BYTES = 3 * 4 - 2, ARRIVAL_CYCLES = 1, DECODE_CYCLES = 2, REFILL_CYCLES = ARRIVAL_CYCLES + DECODE_CYCLES };

static int is_fetched_ahead(const FlashPort *port) { return port->kind == PORT_PREFETCH && !port->is_unified; }

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* Cycles in which the core asks for what the block has in `unit`: one a word. */
static int64_t words_in(const FlashPort *port, const Block *block, uint32_t unit) {
    uint32_t start = unit << port->fetch_shift, end = (unit + 1) << port->fetch_shift, first = block->canonical_addr & ~3u;
    return (end - (start > first ? start : first)) >> 2;
}

/* When the core asks for the first word in `unit`. Before the block, where no time is known, a word takes a cycle. */
static int64_t asked_at(const Core *core, const Block *block, uint32_t unit) {
    const FlashPort *port = &core->flash;
    uint32_t before_bytes = 2 * offset_of(port, block, unit);
    if (before_bytes >= ROOM_BYTES) return later(time_at(core, (before_bytes - ROOM_BYTES) >> 1) - 1, port->ask_again_at);
    if (port->is_redirected) return port->ask_again_at; /* the buffer is empty */
    return later(time_at(core, 0) - 1 - (ROOM_BYTES - before_bytes + 3) / 4, port->ask_again_at);
}

/* When `unit`, which is in no cache, is there. Flash reads one line at a time, wanted or not. */
static int64_t arrived_at(FlashPort *port, uint32_t unit, int64_t asked_at) {
    if (port->is_prefetch_on && unit == port->ahead_unit)
        return later(port->ahead_ready, asked_at + ARRIVAL_CYCLES + port->ahead_hit_cycles);
    port->array_free_at = later(port->array_free_at, asked_at) + ARRIVAL_CYCLES + port->miss_cycles;
    return port->array_free_at;
}

/* Reads the line after `unit`, which arrived at `time`. */
static void read_ahead(FlashPort *port, uint32_t unit, int64_t time) {
    if (!port->is_prefetch_on || port->ahead_unit == unit + 1) return;
    if (port->is_fetch_cached && cache_holds(&port->instruction, unit + 1)) return;
    port->ahead_unit = unit + 1;
    port->array_free_at = port->ahead_ready = later(port->array_free_at, time) + port->ahead_cycles;
}

static void fetch_ahead(Core *core, Block *block, uint32_t unit) {
    FlashPort *port = &core->flash;
    uint32_t offset = offset_of(port, block, unit);
    int is_held = port->is_fetch_cached && cache_has(&port->instruction, unit);
    int is_read_ahead = port->is_prefetch_on && unit == port->ahead_unit;
    int64_t asked = asked_at(core, block, unit), arrived = is_held ? asked + ARRIVAL_CYCLES : arrived_at(port, unit, asked);
    port->ask_again_at = arrived - ARRIVAL_CYCLES + words_in(port, block, unit);
    if (!is_held) port->fetch_misses++;
    if (!is_held || port->follows_hits) read_ahead(port, unit, arrived);
    int reason = port->is_fetch_cached && !is_held && !is_read_ahead ? REASON_INSTRUCTION_CACHE : REASON_FLASH_FETCH;
    int64_t late_cycles = arrived + DECODE_CYCLES - time_at(core, offset);
    if (late_cycles > 0) stall(core, block, reason, late_cycles, offset, 1);
}

/* A taken branch asks for its target so that it executes in time if nothing waits. */
static void redirect(Core *core, const Block *block) {
    FlashPort *port = &core->flash;
    port->ask_again_at = time_at(core, 0) - REFILL_CYCLES;
    if (port->next_unit == port->fetch_unit) port->ask_again_at += words_in(port, block, port->next_unit);
}

/* Fetches what the block needs up to `last_unit` and has not fetched yet. */
static inline void fetch_units(Core *core, Block *block, uint32_t last_unit) {
    FlashPort *port = &core->flash;
    LineCache *cache = &port->instruction;
    uint32_t unit = port->next_unit;
    if (unit == port->fetch_unit) unit++;
    if (unit > last_unit) return;
    port->next_unit = last_unit + 1;
    port->fetch_unit = last_unit;
    port->fetches += last_unit - unit + 1;
    int is_cached = port->is_fetch_cached, follows_hits = port->follows_hits;
    if (is_fetched_ahead(port)) {
        for (; unit <= last_unit; unit++) fetch_ahead(core, block, unit);
        return;
    }
    for (; unit <= last_unit; unit++) {
        if (is_cached && cache_has(cache, unit)) {
            if (follows_hits) fetched_again(core, block, unit);
            continue;
        }
        port->fetch_misses++;
        fetch_missed(core, block, unit);
    }
}

/* A block begins. Behind a cache that is looked up, a taken branch looks its target's line up again. */
void flash_enter(Core *core, Block *block, int is_taken) {
    FlashPort *port = &core->flash;
    if (port->kind == PORT_L1) {
        int is_cached = port->instruction.is_on && !(core->uncacheable_count && is_uncacheable(core, block->addr));
        if (is_cached != port->is_fetch_cached || is_taken) port->fetch_unit = NO_UNIT; /* units differ */
        port->is_fetch_cached = is_cached;
        port->fetch_shift = is_cached ? port->instruction.granule_shift : FETCH_PATH_SHIFT;
    } else if (port->kind == PORT_PREFETCH && is_taken && port->is_fetch_cached)
        port->fetch_unit = NO_UNIT;
    port->is_redirected = is_taken;
    port->next_unit = block->canonical_addr >> port->fetch_shift;
    port->last_unit = (block->canonical_addr + block->size_bytes - 1) >> port->fetch_shift;
    if (port->kind != PORT_PREFETCH) fetch_units(core, block, port->last_unit);
}

/* The rest of the block's fetches, after its data accesses have drawn the ones before them. */
void flash_leave(Core *core, Block *block) {
    FlashPort *port = &core->flash;
    if (port->is_redirected && is_fetched_ahead(port)) redirect(core, block);
    fetch_units(core, block, port->last_unit);
}

static void flash_read(Core *core, Block *block, uint32_t addr, uint32_t size_bytes) {
    FlashPort *port = &core->flash;
    LineCache *cache = port->is_unified ? &port->instruction : &port->data;
    int is_shared = port->kind == PORT_PREFETCH && port->is_unified;
    int is_looked_up = port->kind == PORT_PREFETCH && cache->is_on; /* else a buffer holds what was read last */
    if (is_shared) {
        uint32_t here = (block->canonical_addr + 2 * core->charge_offset) >> port->fetch_shift;
        fetch_units(core, block, here < port->last_unit ? here : port->last_unit);
    }
    uint32_t last = (addr + size_bytes - 1) >> port->granule_shift;
    for (uint32_t unit = addr >> port->granule_shift; unit <= last; unit++) {
        if (unit == port->data_unit && !is_looked_up) continue;
        port->data_unit = unit;
        port->data_reads++;
        if (cache->is_on && cache_has(cache, unit)) {
            if (is_shared) follow_hit(port, cache, unit, time_at(core, core->charge_offset));
            continue;
        }
        port->data_misses++;
        int is_read_ahead = 0;
        int64_t cycles = is_shared ? read_array(port, unit, time_at(core, core->charge_offset), &is_read_ahead) : port->miss_cycles;
        int reason = cache->is_on && !is_read_ahead ? REASON_DATA_CACHE : REASON_FLASH_DATA;
        if (cycles) stall(core, block, reason, cycles, core->charge_offset, 0);
    }
}

/* Loads and stores of a core with L1 caches: write-back, a missed store allocates for nothing. */
static void l1_access(Core *core, Block *block, const Range *range, uint32_t addr, uint32_t size_bytes, int is_load) {
    FlashPort *port = &core->flash;
    LineCache *cache = &port->data;
    if (!fill_cycles(core, range)) return; /* tightly coupled: never cached */
    int is_cached = cache->is_on && !(core->uncacheable_count && is_uncacheable(core, addr));
    if (!is_cached && !is_load) return;
    uint32_t canonical = addr + range->to_canonical;
    uint32_t last = (canonical + size_bytes - 1) >> port->granule_shift;
    for (uint32_t unit = canonical >> port->granule_shift; unit <= last; unit++) {
        port->data_reads++;
        if (is_cached && cache_has(cache, unit)) continue;
        port->data_misses++;
        if (!is_load) continue;
        if (is_cached) stall(core, block, REASON_DATA_CACHE, load_line(core, range), core->charge_offset, 0);
        else stall(core, block, range->is_flash ? REASON_FLASH_DATA : REASON_SLOW_MEMORY, fill_cycles(core, range), core->charge_offset, 0);
    }
}

void flash_access(Core *core, Block *block, const Range *range, uint32_t addr, uint32_t size_bytes, int is_load) {
    if (core->flash.kind == PORT_L1) l1_access(core, block, range, addr, size_bytes, is_load);
    else if (core->flash.kind != PORT_WALK && range->is_flash && is_load) flash_read(core, block, addr + range->to_canonical, size_bytes);
}
