/* Once per executed block: find what it costs after the block before it, add, and stop when something is due. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *grown(void *memory, size_t count, size_t size) {
    void *larger = realloc(memory, count * size + 1);
    if (larger) return larger;
    fprintf(stderr, "mcusim: out of memory for %zu bytes\n", count * size);
    abort();
}

static uint32_t bucket_of(const Core *core, uint32_t addr) { return (addr >> 1) * 2654435761u >> 12 & core->bucket_mask; }

void core_init(Core *core) {
    core->bucket_mask = (1u << 14) - 1;
    core->buckets = grown(NULL, core->bucket_mask + 1, sizeof *core->buckets);
    memset(core->buckets, 0, (core->bucket_mask + 1) * sizeof *core->buckets);
    core->deadline = INT64_MAX;
    core->watched_function = -1;
    core->start_block.function = core->entry_block.function = -1;
    core->start_block.end_function = core->entry_block.end_function = -1;
    core->start_block.index = core->entry_block.index = UINT32_MAX;
    core->entry_block.flags = BLOCK_CALL | BLOCK_EXCEPTION_ENTRY;
    core->previous = core->counted_previous = &core->start_block;
    core->last_node = -1;
    core->flash.fetch_unit = core->flash.data_unit = core->flash.ahead_unit = UINT32_MAX;
    walk_init(&core->walk);
    core->calls_kept_max = 4096;
    core->watch.min = core->pair.min = INT64_MAX;
    ram_init(core);
    calls_add_flow(core);
}

static void free_edges(Edge *edge) {
    while (edge) {
        Edge *next = edge->next;
        free(edge->elapsed);
        free(edge);
        edge = next;
    }
}

void core_free(Core *core) {
    for (uint32_t i = 0; i < core->blocks_count; i++) {
        Block *block = core->blocks[i];
        free_edges(block->edges);
        if (block->program) free(block->program->steps);
        free(block->program);
        free(block->seen_code);
        free(block->walk_steps);
        for (int reason = 0; reason < REASON_COUNT; reason++) free(block->charges[reason]);
        free(block);
    }
    free_edges(core->start_block.edges);
    free_edges(core->entry_block.edges);
    for (uint32_t i = 0; i < core->flows_count; i++) free(core->flows[i].frames);
    free(core->flows);
    free(core->nodes);
    free(core->traits);
    free(core->blocks);
    free(core->buckets);
    free(core->stack_low);
    free(core->stack_top);
    free(core->watch.calls);
    free(core->pair.calls);
    for (int map = 0; map < TOUCH_MAPS_COUNT; map++) free(core->touched[map]);
    cache_free(&core->flash.instruction);
    cache_free(&core->flash.data);
    free(core->predictor.entries);
    free(core->uncacheable);
    free(core->moves);
    timeline_free(core);
}

Block *core_find_block(Core *core, uint32_t addr, uint32_t size_bytes) {
    Block *block = core->buckets[bucket_of(core, addr)];
    while (block && !(block->addr == addr && block->size_bytes == size_bytes && !block->is_stale)) block = block->next_in_bucket;
    return block;
}

Block *core_add_block(Core *core, uint32_t addr, uint32_t size_bytes) {
    if (core->blocks_count == core->blocks_capacity) {
        uint32_t capacity = core->blocks_capacity ? core->blocks_capacity * 2 : 1024;
        core->blocks = grown(core->blocks, capacity, sizeof *core->blocks);
        core->blocks_capacity = capacity;
    }
    Block *block = calloc(1, sizeof *block);
    if (!block) return NULL;
    block->addr = addr;
    block->size_bytes = size_bytes;
    block->range = core_range(core, addr);
    block->canonical_addr = addr + (block->range ? block->range->to_canonical : 0);
    block->function = block->end_function = -1;
    block->index = core->blocks_count;
    core->blocks[core->blocks_count++] = block;
    Block **bucket = &core->buckets[bucket_of(core, addr)];
    block->next_in_bucket = *bucket;
    *bucket = block;
    return block;
}

int64_t *core_charge_row(Block *block, int reason) {
    return block->charges[reason] = memset(grown(NULL, block->size_bytes / 2, sizeof(int64_t)), 0, block->size_bytes / 2 * sizeof(int64_t));
}

Edge *core_add_edge(Core *core, Block *previous, Block *block) {
    (void)core;
    Edge *edge = calloc(1, sizeof *edge);
    if (!edge) return NULL;
    edge->to = block;
    edge->next = previous->edges;
    previous->edges = edge;
    return edge;
}

static Edge *known_edge(Block *previous, uint32_t addr, uint32_t size_bytes) {
    for (Edge **link = &previous->edges; *link; link = &(*link)->next) {
        Edge *edge = *link;
        if (edge->to->addr == addr && edge->to->size_bytes == size_bytes && !edge->to->is_stale) {
            *link = edge->next; /* most recent first: loops find their edge at once */
            edge->next = previous->edges;
            previous->edges = edge;
            return edge;
        }
    }
    return NULL;
}

static Edge *edge_to(Core *core, uint32_t addr, uint32_t size_bytes) {
    Edge *edge = known_edge(core->previous, addr, size_bytes);
    if (edge || !core->fill(core, core->previous, addr, size_bytes)) return edge;
    return known_edge(core->previous, addr, size_bytes);
}

static void stop(Core *core, int reason, uint32_t addr) {
    core->stop_reason = reason;
    core->stop_addr = addr;
    core->emu_stop(core->emulator);
}

uint32_t core_sp(Core *core) {
    uint32_t sp = 0;
    void *value = &sp;
    core->read_registers(core->emulator, &core->sp_id, &value, 1);
    return sp;
}

static int is_on_other_stack(Core *core) {
    uint32_t sp = core_sp(core);
    return core->stack < core->stacks_count && (sp < core->stack_low[core->stack] || sp > core->stack_top[core->stack]);
}

/* Something other than the next block is due. Decided before the block is counted, so that it is counted once. */
static int must_stop(Core *core, const Block *block, uint32_t addr) {
    int reason = STOP_NONE;
    if (core->stop_request) reason = STOP_REQUEST;
    else if (core->now >= core->deadline) reason = STOP_DEADLINE;
    else if (core->irq_waiting && core->previous->flags & BLOCK_UNMASKS && !core->was_asked) reason = STOP_UNMASKED;
    else if (core->fp_trap && block && block->flags & BLOCK_FP) reason = STOP_FP;
    else if (block && block->flags & BLOCK_SELF_LOOP && block == core->previous) reason = STOP_SELF_LOOP;
    else if (core->previous->flags & BLOCK_SETS_SP && is_on_other_stack(core)) reason = STOP_STACK;
    if (reason == STOP_NONE) return 0;
    core->stop_request = 0;
    core->was_asked = 1; /* once per block: the interrupt may still be masked by priority */
    stop(core, reason, addr);
    return 1;
}

static void watch_stack(Core *core, int32_t delta_bytes) {
    uint32_t sp = core_sp(core) + (uint32_t)delta_bytes;
    if (core->stack >= core->stacks_count) return;
    if (sp < core->stack_low[core->stack]) core->stack_low[core->stack] = sp;
    uint32_t top = core->stack_top[core->stack];
    ram_deeper(core, sp < top ? top - sp : 0);
}

static void count(Core *core, Edge *edge) {
    Block *block = edge->to;
    edge->count++;
    core->charges_count = core->charge_offset = core->timeline.changes = 0;
    /* A tail belongs to the block before; the first block of a run, a handler or a resumed flow has none before it. */
    core->tail_node = core->previous->index == UINT32_MAX ? -1 : core->last_node;
    core->now += edge->tail_cycles;
    if (core->tail_node >= 0) core->nodes[core->tail_node].self_cycles += edge->tail_cycles;
    int64_t unowned = core->tail_node < 0 ? edge->tail_cycles : 0;
    calls_arrive(core, block);
    core->nodes[core->last_node].self_cycles += edge->body_cycles + core->carry_cycles + unowned;
    core->now += edge->body_cycles;
    core->flash.now += edge->tail_cycles + edge->body_cycles;
    core->carry_cycles = 0;
}

static void count_dynamic(Core *core, Block *block) {
    int is_walked = block->walk_steps && core->flash.is_on;
    int is_fetched = core->flash.kind != PORT_WALK && block->flags & BLOCK_FETCHES_FLASH && core->flash.is_on;
    if (is_fetched) flash_enter(core, block, block->addr != core->previous->addr + core->previous->size_bytes);
    else core->flash.next_unit = 1, core->flash.last_unit = 0; /* nothing to fetch */
    core->walk.reads_count = 0;
    if (block->program) values_run(core, block);
    if (is_walked) walk_count(core, block);
    if (is_fetched && core->flash.next_unit <= core->flash.last_unit) flash_leave(core, block);
    core->unresolved += block->unresolved_count;
    if (block->flags & BLOCK_SENDS_EVENT) core->has_event = 1;
    if (block->flags & BLOCK_LOWERS_SP) watch_stack(core, block->sp_delta_bytes);
}

void core_on_block(void *emulator, uint64_t wide_addr, uint32_t size_bytes, void *user) {
    (void)emulator;
    Core *core = user;
    uint32_t addr = (uint32_t)wide_addr;
    Edge *edge = core->previous->edges;
    if (!(edge && edge->to->addr == addr && edge->to->size_bytes == size_bytes && !edge->to->is_stale)) edge = edge_to(core, addr, size_bytes);
    if (!edge) {
        stop(core, STOP_ERROR, addr);
        return;
    }
    Block *block = edge->to;
    if (block->flags & BLOCK_IN_RAM && memcmp(block->live_code, block->seen_code, size_bytes)) {
        block->is_stale = 1; /* the firmware wrote over its code: decode it again */
        core_on_block(emulator, wide_addr, size_bytes, user);
        return;
    }
    if (core->previous->flags & BLOCK_MOVES_SP) watch_stack(core, 0); /* before is_on_other_stack compares with the lowest */
    if (must_stop(core, block, addr)) return;
    core->was_asked = 0;
    if (core->now >= core->sample_at) ram_step(core);
    core->counted_previous = core->previous;
    if (core->previous->flags & BLOCK_CONDITIONAL && core->predictor.mispredict_cycles) predictor_resolve(core, core->previous, block);
    core->last_edge = edge;
    count(core, edge);
    if (block->flags & (BLOCK_FETCHES_FLASH | BLOCK_LOWERS_SP | BLOCK_SENDS_EVENT) || block->program || block->unresolved_count) count_dynamic(core, block);
    core->previous = block;
    core->flows[core->flow].flow = block;
}

/* Takes back what the last block's instructions from an offset on were charged: they did not run, and will be charged
 * when they do. Not so for a line that a cache now holds: it will not miss again. */
static void uncharge_from(Core *core, Block *block, uint32_t offset_halfwords) {
    for (uint32_t i = 0; i < core->charges_count; i++) {
        Charge *charge = &core->charges[i];
        int is_kept = charge->reason < REASON_FIRST_DYNAMIC || charge->reason == REASON_INSTRUCTION_CACHE || charge->reason == REASON_DATA_CACHE;
        if (is_kept || charge->offset_halfwords < offset_halfwords) continue;
        block->charges[charge->reason][charge->offset_halfwords] -= charge->cycles;
        block->dynamic_cycles[charge->reason] -= charge->cycles;
        core->reason_cycles[charge->reason] -= charge->cycles;
        core->now -= charge->cycles;
        core->nodes[core->last_node].self_cycles -= charge->cycles;
        charge->cycles = 0;
    }
}

/* The emulator left the last block before its end: count it again as the shorter block that really ran. */
int core_truncate(Core *core, uint32_t end_addr) {
    Edge *whole = core->last_edge;
    if (!whole || end_addr < whole->to->addr || end_addr >= whole->to->addr + whole->to->size_bytes) return 1;
    whole->count--;
    uncharge_from(core, whole->to, (end_addr - whole->to->addr) >> 1);
    core->now -= whole->body_cycles + whole->tail_cycles;
    core->flash.now -= whole->body_cycles + whole->tail_cycles;
    int32_t tail_node = core->tail_node < 0 ? core->last_node : core->tail_node;
    core->nodes[core->last_node].self_cycles -= whole->body_cycles;
    core->nodes[tail_node].self_cycles -= whole->tail_cycles;
    core->previous = core->counted_previous;
    core->last_edge = NULL;
    core->flows[core->flow].flow = &core->start_block; /* it has arrived: the next block is not called by this one */
    if (end_addr == whole->to->addr) { /* nothing of it ran */
        timeline_shift(core, -whole->tail_cycles);
        calls_unarrive(core);
        predictor_unresolve(core, core->previous);
        return 1;
    }
    Edge *part = edge_to(core, whole->to->addr, end_addr - whole->to->addr);
    if (!part) return 0;
    timeline_shift(core, part->tail_cycles - whole->tail_cycles);
    part->count++;
    core->now += part->body_cycles + part->tail_cycles;
    core->flash.now += part->body_cycles + part->tail_cycles;
    core->nodes[core->last_node].self_cycles += part->body_cycles;
    core->nodes[tail_node].self_cycles += part->tail_cycles;
    core->previous = part->to;
    core->flows[core->flow].flow = part->to;
    core->last_edge = part;
    return 1;
}

int64_t core_now_at(const Core *core, uint32_t pc_addr) {
    const Edge *edge = core->last_edge;
    if (!edge || !edge->elapsed || pc_addr < edge->to->addr || pc_addr >= edge->to->addr + edge->to->size_bytes) return core->now;
    uint32_t offset = (pc_addr - edge->to->addr) >> 1;
    int64_t now = core->now - edge->body_cycles + edge->elapsed[offset];
    for (uint32_t i = 0; i < core->charges_count; i++) {
        const Charge *charge = &core->charges[i];
        if (charge->offset_halfwords > offset || (charge->offset_halfwords == offset && !charge->is_before)) now -= charge->cycles;
    }
    return now;
}

/* Time passes in a loop that does nothing: so many times around it as fit, and the rest of the time on top. */
void core_spin(Core *core, int64_t cycles) {
    if (!core->last_edge) {
        core_charge(core, cycles, 0, 0);
        return;
    }
    Block *block = core->last_edge->to;
    Edge *loop = block == core->previous ? edge_to(core, block->addr, block->size_bytes) : NULL;
    int64_t once = loop ? loop->tail_cycles + loop->body_cycles : 0;
    if (once > 0) {
        int64_t times = cycles / once;
        loop->count += (uint64_t)times;
        core->now += times * once;
        core->nodes[core->last_node].self_cycles += times * once;
        cycles -= times * once;
    }
    if (cycles) core_add_at(core, block, 0, cycles, 0, 1);
    if (core->now >= core->sample_at) ram_step(core); /* before a handler changes what is in use */
}

void core_sleep(Core *core, int64_t cycles) {
    core->now += cycles;
    core->sleep_cycles += cycles;
    if (core->now >= core->sample_at) ram_step(core);
}

void core_charge(Core *core, int64_t cycles, int reason, int to_next) {
    if (core->ignored_mask >> reason & 1) return;
    core->now += cycles;
    core->reason_cycles[reason] += cycles;
    if (to_next || core->last_node < 0) core->carry_cycles += cycles;
    else core->nodes[core->last_node].self_cycles += cycles;
}
