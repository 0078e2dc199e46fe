/* Wait-stated flash behind line caches: which granules a block's fetches and a load's data touch, and what misses cost. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

int cache_configure(LineCache *cache, uint32_t lines, uint32_t ways, uint32_t line_shift, uint32_t granule_shift,
                    uint32_t base_addr, uint32_t size_bytes) {
    cache_free(cache);
    *cache = (LineCache){.line_shift = line_shift, .granule_shift = granule_shift, .lines = lines, .ways = ways ? ways : lines, .base_addr = base_addr};
    if (!lines) return 1;
    if (line_shift < granule_shift || line_shift - granule_shift > 5 || lines > UINT16_MAX - 1 || lines % cache->ways) return 0;
    cache->sets = lines / cache->ways;
    while ((1u << cache->span_shift) < size_bytes) cache->span_shift++;
    cache->lines_mapped = 1u << (cache->span_shift - line_shift);
    cache->slot_of = calloc(cache->lines_mapped, sizeof *cache->slot_of);
    cache->line_in = calloc(lines, sizeof *cache->line_in);
    cache->stamp = calloc(lines, sizeof *cache->stamp);
    cache->valid = calloc(lines, sizeof *cache->valid);
    cache->is_on = 1;
    return cache->slot_of && cache->line_in && cache->stamp && cache->valid;
}

void cache_free(LineCache *cache) {
    free(cache->slot_of);
    free(cache->line_in);
    free(cache->stamp);
    free(cache->valid);
    memset(cache, 0, sizeof *cache);
}

void cache_flush(LineCache *cache) {
    if (!cache->lines) return;
    memset(cache->slot_of, 0, cache->lines_mapped * sizeof *cache->slot_of);
    memset(cache->stamp, 0, cache->lines * sizeof *cache->stamp);
    memset(cache->valid, 0, cache->lines * sizeof *cache->valid);
}

static uint32_t victim(LineCache *cache, uint32_t line) {
    uint32_t first = line % cache->sets * cache->ways, oldest = first;
    for (uint32_t slot = first + 1; slot < first + cache->ways; slot++)
        if (cache->stamp[slot] < cache->stamp[oldest]) oldest = slot;
    return oldest;
}

/* 1 when the granule at `addr` was there; else it is there now, in the place of the least recently used line. */
static int cache_read(LineCache *cache, uint32_t addr) {
    uint32_t line = ((addr - cache->base_addr) & ((1u << cache->span_shift) - 1)) >> cache->line_shift; /* aliases share lines */
    uint32_t granule = 1u << ((addr >> cache->granule_shift) & ((1u << (cache->line_shift - cache->granule_shift)) - 1));
    uint32_t slot = cache->slot_of[line];
    if (slot--) {
        cache->stamp[slot] = ++cache->clock;
        if (cache->valid[slot] & granule) return 1;
        cache->valid[slot] |= granule;
        return 0;
    }
    slot = victim(cache, line);
    if (cache->stamp[slot]) cache->slot_of[cache->line_in[slot]] = 0;
    cache->slot_of[line] = (uint16_t)(slot + 1);
    cache->line_in[slot] = line;
    cache->stamp[slot] = ++cache->clock;
    cache->valid[slot] = granule;
    return 0;
}

int64_t flash_fetch(FlashPort *port, uint32_t addr, uint32_t size_bytes) {
    uint32_t last = (addr + size_bytes - 1) >> port->granule_shift;
    int64_t stall_q8 = 0;
    for (uint32_t granule = addr >> port->granule_shift; granule <= last; granule++) {
        if (granule == port->fetch_granule) continue;
        port->fetch_granule = granule;
        port->fetches++;
        if (port->instruction.is_on && cache_read(&port->instruction, granule << port->granule_shift)) continue;
        port->fetch_misses++;
        stall_q8 += port->fetch_miss_q8;
    }
    if (!stall_q8) return 0;
    stall_q8 += port->fetch_fraction_q8; /* whole cycles only; the rest waits for the next miss */
    port->fetch_fraction_q8 = stall_q8 & 255;
    return stall_q8 >> 8;
}

int64_t flash_read(FlashPort *port, uint32_t addr, uint32_t size_bytes) {
    LineCache *cache = port->is_unified ? &port->instruction : &port->data;
    uint32_t last = (addr + size_bytes - 1) >> port->granule_shift;
    int64_t stall = 0;
    for (uint32_t granule = addr >> port->granule_shift; granule <= last; granule++) {
        if (granule == port->data_granule) continue;
        port->data_granule = granule;
        port->data_reads++;
        if (cache->is_on && cache_read(cache, granule << port->granule_shift)) continue;
        port->data_misses++;
        stall += port->data_miss_cycles;
    }
    return stall;
}
