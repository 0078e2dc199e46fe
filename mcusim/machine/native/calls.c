/* The calling-context tree: who called whom, kept at block edges, robust against tail calls, longjmp and task switches. */
#include "core.h"

#include <stdlib.h>

int32_t calls_node(Core *core, int32_t parent, int32_t function, int is_tail) {
    int32_t *link = parent < 0 ? NULL : &core->nodes[parent].first_child;
    for (int32_t child = link ? *link : -1; child >= 0; child = core->nodes[child].next_sibling)
        if (core->nodes[child].function == function && core->nodes[child].is_tail == is_tail) return child;
    if (core->nodes_count == core->nodes_capacity) {
        core->nodes_capacity = core->nodes_capacity ? core->nodes_capacity * 2 : 1024;
        core->nodes = grown(core->nodes, core->nodes_capacity, sizeof *core->nodes);
    }
    int32_t index = (int32_t)core->nodes_count++;
    Node *node = &core->nodes[index];
    *node = (Node){.function = function, .parent = parent, .first_child = -1, .next_sibling = -1, .is_tail = is_tail};
    if (parent >= 0) {
        node->next_sibling = core->nodes[parent].first_child;
        core->nodes[parent].first_child = index;
    }
    return index;
}

uint32_t calls_add_flow(Core *core) {
    core->flows = grown(core->flows, (core->flows_count + 1), sizeof *core->flows);
    Flow *flow = &core->flows[core->flows_count];
    *flow = (Flow){.root = calls_node(core, -1, -1, 0), .flow = &core->start_block};
    return core->flows_count++;
}

void watch_open(Core *core, Watch *watch) {
    if (watch->is_open) return;
    watch->is_open = 1;
    watch->begin = core->now;
    watch->sleep_begin = core->sleep_cycles;
}

void watch_close(Core *core, Watch *watch) {
    if (!watch->is_open) return;
    watch->is_open = 0;
    int64_t cycles = core->now - watch->begin;
    watch->count++;
    watch->sum += cycles;
    if (cycles < watch->min) watch->min = cycles;
    if (cycles > watch->max) watch->max = cycles;
    if (core->calls_enough && watch->count >= (uint64_t)core->calls_enough) core->stop_request = 1;
    if (watch->calls_count == core->calls_kept_max) return;
    if (watch->calls_count == watch->calls_capacity) {
        watch->calls_capacity = watch->calls_capacity ? watch->calls_capacity * 2 : 64;
        watch->calls = grown(watch->calls, watch->calls_capacity, sizeof *watch->calls);
    }
    watch->calls[watch->calls_count++] = (Call){watch->begin, core->now, core->sleep_cycles - watch->sleep_begin};
}

static void push(Core *core, Block *block, uint32_t return_addr, int is_tail) {
    Flow *flow = &core->flows[core->flow];
    int32_t parent = flow->depth ? flow->frames[flow->depth - 1].node : flow->root;
    int32_t node = calls_node(core, parent, block->function, is_tail);
    core->nodes[node].calls++;
    if (flow->depth == flow->capacity) {
        flow->capacity = flow->capacity ? flow->capacity * 2 : 64;
        flow->frames = grown(flow->frames, flow->capacity, sizeof *flow->frames);
    }
    int is_watch = block->function >= 0 && block->function == core->watched_function && !core->watch.is_open;
    flow->frames[flow->depth++] = (Frame){node, return_addr, is_tail, is_watch};
    if (is_watch) watch_open(core, &core->watch);
}

/* Runaway recursion in the guest must not eat the host: past this depth calls are no longer told apart. */
enum { DEPTH_MAX = 1 << 14 };

static void pop(Core *core) {
    Flow *flow = &core->flows[core->flow];
    if (flow->frames[--flow->depth].is_watch) watch_close(core, &core->watch);
}

void calls_reset_flow(Core *core, uint32_t index) {
    uint32_t current = core->flow;
    core->flow = index;
    while (core->flows[index].depth) pop(core);
    core->flows[index].flow = &core->start_block;
    core->flow = current;
}

/* A return leaves its frame and every frame that had jumped to it instead of calling it. */
static int return_to(Core *core, uint32_t addr) {
    Flow *flow = &core->flows[core->flow];
    for (uint32_t depth = flow->depth; depth > 0; depth--) {
        if (flow->frames[depth - 1].return_addr != addr) continue;
        while (depth > 1 && flow->frames[depth - 1].is_tail) depth--;
        while (flow->depth >= depth) pop(core);
        return 1;
    }
    return 0;
}

/* longjmp and odd returns: back to the innermost frame of the function that `block` belongs to. */
static int unwind_to_function(Core *core, int32_t function) {
    Flow *flow = &core->flows[core->flow];
    for (uint32_t depth = flow->depth; depth > 0; depth--) {
        if (core->nodes[flow->frames[depth - 1].node].function != function) continue;
        while (flow->depth > depth) pop(core);
        return 1;
    }
    return 0;
}

static int32_t top_function(const Core *core) {
    const Flow *flow = &core->flows[core->flow];
    return flow->depth ? core->nodes[flow->frames[flow->depth - 1].node].function : -1;
}

/* Code that was laid out elsewhere (a .cold part, a shared epilogue): same place in the tree under its own name. */
static void rename_top(Core *core, int32_t function) {
    Flow *flow = &core->flows[core->flow];
    Frame *top = &flow->frames[flow->depth - 1];
    top->node = calls_node(core, core->nodes[top->node].parent, function, core->nodes[top->node].is_tail);
}

static void arrive_by_jump(Core *core, Block *block, Block *from) {
    Flow *flow = &core->flows[core->flow];
    if (from->flags & BLOCK_INDIRECT && return_to(core, block->addr)) {
        if (flow->depth && (block->function < 0 || top_function(core) == block->function)) return;
    }
    if (!flow->depth) push(core, block, UINT32_MAX, 0);
    if (block->function < 0 || block->function == top_function(core)) return;
    int was_jump = from->flags & BLOCK_JUMPS || block->addr != from->addr + from->size_bytes;
    if (was_jump && block->flags & BLOCK_ENTRY && flow->depth < DEPTH_MAX) push(core, block, flow->frames[flow->depth - 1].return_addr, 1);
    else if (!(from->flags & BLOCK_INDIRECT && unwind_to_function(core, block->function))) rename_top(core, block->function);
}

/* A block that was reached by a call did not run after all (it faulted, or the run stops before it). */
void calls_unarrive(Core *core) {
    Flow *flow = &core->flows[core->flow];
    if (!core->arrived_from || !flow->depth) return;
    Frame *top = &flow->frames[--flow->depth];
    if (top->is_watch) core->watch.is_open = 0;
    core->nodes[top->node].calls--;
    flow->flow = core->arrived_from;
    if (flow->depth) core->last_node = flow->frames[flow->depth - 1].node;
}

void calls_arrive(Core *core, Block *block) {
    Flow *flow = &core->flows[core->flow];
    Block *from = flow->flow;
    core->arrived_from = NULL;
    if (from->flags & BLOCK_CALL && block->addr != from->addr + from->size_bytes && flow->depth < DEPTH_MAX)
    {
        push(core, block, from->flags & BLOCK_EXCEPTION_ENTRY ? UINT32_MAX : from->addr + from->size_bytes, 0);
        core->arrived_from = from;
    } else if (from->flags & (BLOCK_CALL | BLOCK_INDIRECT) || block->function != top_function(core) || !flow->depth)
        arrive_by_jump(core, block, from);
    flow = &core->flows[core->flow];
    core->last_node = flow->frames[flow->depth - 1].node;
}
