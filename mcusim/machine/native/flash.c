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

static void fetch_missed(Core *core, Block *block, uint32_t unit) {
    FlashPort *port = &core->flash;
    uint32_t start = unit << port->fetch_shift, offset = start > block->canonical_addr ? (start - block->canonical_addr) >> 1 : 0;
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
    uint32_t start = unit << core->flash.fetch_shift, offset = start > block->canonical_addr ? (start - block->canonical_addr) >> 1 : 0;
    follow_hit(&core->flash, &core->flash.instruction, unit, time_at(core, offset));
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
    port->next_unit = block->canonical_addr >> port->fetch_shift;
    port->last_unit = (block->canonical_addr + block->size_bytes - 1) >> port->fetch_shift;
    if (port->kind != PORT_PREFETCH) fetch_units(core, block, port->last_unit);
}

/* The rest of the block's fetches, after its data accesses have drawn the ones before them. */
void flash_leave(Core *core, Block *block) { fetch_units(core, block, core->flash.last_unit); }

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
