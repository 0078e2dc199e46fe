/* A cache of lines, least recently used replaced first; one valid bit per granule, the unit that a miss fills.
 * Few ways are searched by tag; a fully associative cache has a map from line to slot instead. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define NO_UNIT UINT32_MAX

static int is_power_of_two(uint32_t n) { return n && !(n & (n - 1)); }

int cache_configure(LineCache *cache, uint32_t lines, uint32_t ways, uint32_t line_shift, uint32_t granule_shift,
                    uint32_t base_addr, uint32_t size_bytes) {
    cache_free(cache);
    *cache = (LineCache){.granule_shift = granule_shift, .ways = ways ? ways : lines, .lines = lines, .last_unit = NO_UNIT};
    if (!lines) return 1;
    if (line_shift < granule_shift || line_shift - granule_shift > 5 || lines > UINT16_MAX - 1 || lines % cache->ways) return 0;
    uint32_t sets = lines / cache->ways;
    if (!is_power_of_two(sets)) return 0;
    cache->set_mask = sets - 1;
    cache->unit_bits = line_shift - granule_shift;
    cache->slots = calloc(lines, sizeof *cache->slots);
    if (sets == 1 && lines > 1) {
        uint32_t span_shift = line_shift;
        while (span_shift < 31 && (1u << span_shift) < size_bytes) span_shift++;
        cache->base_line = base_addr >> line_shift;
        cache->map_mask = (1u << (span_shift - line_shift)) - 1;
        cache->slot_of = calloc((size_t)cache->map_mask + 1, sizeof *cache->slot_of);
    }
    cache->is_on = 1;
    return cache->slots && (cache->slot_of || !cache->map_mask);
}

void cache_free(LineCache *cache) {
    free(cache->slot_of);
    free(cache->slots);
    memset(cache, 0, sizeof *cache);
}

void cache_flush(LineCache *cache) {
    cache->last_unit = NO_UNIT;
    if (cache->slot_of) memset(cache->slot_of, 0, ((size_t)cache->map_mask + 1) * sizeof *cache->slot_of);
    if (cache->slots) memset(cache->slots, 0, cache->lines * sizeof *cache->slots);
}

static Slot *mapped(const LineCache *cache, uint32_t line) {
    uint16_t slot = cache->slot_of[(line - cache->base_line) & cache->map_mask];
    return slot ? &cache->slots[slot - 1] : NULL;
}

static Slot *found(const LineCache *cache, uint32_t line) {
    if (cache->slot_of) return mapped(cache, line);
    Slot *slot = &cache->slots[(line & cache->set_mask) * cache->ways];
    for (Slot *end = slot + cache->ways; slot < end; slot++)
        if (slot->line == line && slot->used) return slot;
    return NULL;
}

static Slot *oldest_of(Slot *slot, uint32_t count) {
    Slot *oldest = slot;
    uint64_t used = slot->used;
    for (Slot *end = slot + count; ++slot < end;)
        if (slot->used < used) used = slot->used, oldest = slot;
    return oldest;
}

int cache_insert(LineCache *cache, uint32_t unit) {
    uint32_t line = unit >> cache->unit_bits;
    Slot *slot = oldest_of(&cache->slots[(line & cache->set_mask) * cache->ways], cache->ways);
    if (cache->slot_of) {
        if (slot->used) cache->slot_of[(slot->line - cache->base_line) & cache->map_mask] = 0;
        cache->slot_of[(line - cache->base_line) & cache->map_mask] = (uint16_t)(slot - cache->slots + 1);
    }
    cache->last_unit = unit;
    *slot = (Slot){line, cache_granule(cache, unit), ++cache->clock};
    return 0;
}

int cache_search(LineCache *cache, uint32_t unit) {
    Slot *slot = found(cache, unit >> cache->unit_bits);
    return slot ? cache_use(cache, slot, unit) : cache_insert(cache, unit);
}

int cache_holds(const LineCache *cache, uint32_t unit) {
    const Slot *slot = found(cache, unit >> cache->unit_bits);
    return slot && slot->valid & cache_granule(cache, unit);
}
