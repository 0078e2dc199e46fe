/* The calling-context tree: who called whom, kept at block edges, robust against tail calls, longjmp and task switches. */
#include "core.h"

#include <stdlib.h>

/* A layer's place in the inference is part of what a node is: ten calls of one function are ten layers. */
static int32_t node_at(Core *core, int32_t parent, int32_t function, int is_tail, int32_t layer) {
    for (int32_t child = parent < 0 ? -1 : core->nodes[parent].first_child; child >= 0; child = core->nodes[child].next_sibling) {
        const Node *node = &core->nodes[child];
        if (node->function == function && node->is_tail == is_tail && node->layer == layer) return child;
    }
    if (core->nodes_count == core->nodes_capacity) {
        core->nodes_capacity = core->nodes_capacity ? core->nodes_capacity * 2 : 1024;
        core->nodes = grown(core->nodes, core->nodes_capacity, sizeof *core->nodes);
    }
    int32_t index = (int32_t)core->nodes_count++;
    Node *node = &core->nodes[index];
    *node = (Node){.function = function, .parent = parent, .first_child = -1, .next_sibling = -1, .is_tail = is_tail, .layer = layer};
    if (parent >= 0) {
        node->next_sibling = core->nodes[parent].first_child;
        core->nodes[parent].first_child = index;
    }
    return index;
}

uint32_t calls_add_flow(Core *core) {
    core->flows = grown(core->flows, (core->flows_count + 1), sizeof *core->flows);
    Flow *flow = &core->flows[core->flows_count];
    *flow = (Flow){.root = node_at(core, -1, -1, 0, -1), .inference_span = -1, .layer_span = -1, .flow = &core->start_block};
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

void calls_set_trait(Core *core, uint32_t function, uint32_t roles, int32_t host) {
    if (function >= core->traits_count) {
        core->traits = grown(core->traits, function + 1, sizeof *core->traits);
        while (core->traits_count <= function) core->traits[core->traits_count++] = (Trait){.host = -1};
    }
    core->traits[function].roles = roles;
    core->traits[function].host = host;
    if (host >= 0) core->inlined_count++;
}

static Trait *trait_of(const Core *core, int32_t function) {
    return (uint32_t)function < core->traits_count ? &core->traits[function] : NULL;
}

static int32_t host_of(const Core *core, int32_t function) {
    const Trait *trait = trait_of(core, function);
    return trait ? trait->host : -1;
}

static int begins_layer(const Flow *flow, uint32_t roles) {
    if (!flow->inferences_open || flow->layers_open || roles & ROLE_HELPER) return 0;
    if (roles & ROLE_LAYER) return 1;
    return flow->frames[flow->depth - 1].marks & MARK_DISPATCHES && !(roles & (ROLE_DISPATCHES | ROLE_RESTARTS));
}

/* The place of the layer that begins with `function`, -1 when none does. Inlined code is left and entered again as the
 * compiler scheduled it: that is still the one layer. */
static int32_t layer_of(Flow *flow, Trait *trait) {
    if (!begins_layer(flow, trait ? trait->roles : 0)) return -1;
    int is_inlined = trait && trait->host >= 0;
    if (is_inlined && trait->inference == flow->inference) return trait->layer;
    int32_t layer = flow->layers_count < LAYERS_MAX ? (int32_t)flow->layers_count : LAYERS_MAX - 1;
    flow->layers_count++;
    if (is_inlined) {
        trait->layer = layer;
        trait->inference = flow->inference;
    }
    return layer;
}

static uint32_t marks_of(Core *core, Flow *flow, int32_t function, const Trait *trait, int32_t layer) {
    uint32_t marks = layer >= 0 ? MARK_LAYER : 0;
    if (function >= 0 && function == core->watched_function && !core->watch.is_open) marks |= MARK_WATCH;
    if (!trait) return marks;
    if (trait->roles & ROLE_STARTS) core->has_started = 1;
    if (trait->roles & ROLE_DISPATCHES) marks |= MARK_DISPATCHES;
    if (trait->roles & ROLE_RESTARTS) marks |= MARK_INFERENCE;
    if (trait->roles & ROLE_RESTARTS && !flow->inferences_open) {
        flow->layers_count = 0;
        flow->inference = ++core->inferences_count;
    }
    return marks;
}

static void push_function(Core *core, int32_t function, uint32_t return_addr, int is_tail) {
    Flow *flow = &core->flows[core->flow];
    Trait *trait = trait_of(core, function);
    int is_inlined = trait && trait->host >= 0;
    int is_known = is_inlined && flow->inferences_open && trait->inference == flow->inference;
    int32_t layer = layer_of(flow, trait);
    uint32_t marks = marks_of(core, flow, function, trait, layer) | (is_inlined ? MARK_INLINED : 0) | (is_known ? 0 : MARK_COUNTED);
    int32_t parent = flow->depth ? flow->frames[flow->depth - 1].node : flow->root;
    int32_t node = node_at(core, parent, function, is_tail && !is_inlined, layer);
    if (marks & MARK_COUNTED) core->nodes[node].calls++;
    if (flow->depth == flow->capacity) {
        flow->capacity = flow->capacity ? flow->capacity * 2 : 64;
        flow->frames = grown(flow->frames, flow->capacity, sizeof *flow->frames);
    }
    flow->frames[flow->depth++] = (Frame){node, return_addr, (uint16_t)is_tail, (uint16_t)marks};
    flow->inferences_open += (marks & MARK_INFERENCE) != 0;
    flow->layers_open += (marks & MARK_LAYER) != 0;
    if (marks & (MARK_INFERENCE | MARK_LAYER)) timeline_open(core, marks, function, layer);
    if (marks & MARK_WATCH) watch_open(core, &core->watch);
}

/* Inlined code returns as its host does, and is left without a return. */
static void push_inlined(Core *core, int32_t function) {
    const Flow *flow = &core->flows[core->flow];
    push_function(core, function, flow->frames[flow->depth - 1].return_addr, 1);
}

static void push(Core *core, Block *block, uint32_t return_addr, int is_tail) {
    int32_t host = host_of(core, block->function);
    push_function(core, host >= 0 ? host : block->function, return_addr, is_tail);
    if (host >= 0) push_inlined(core, block->function);
}

/* Runaway recursion in the guest must not eat the host: past this depth calls are no longer told apart. */
enum { DEPTH_MAX = 1 << 14 };

static uint32_t drop(Core *core) {
    Flow *flow = &core->flows[core->flow];
    uint32_t marks = flow->frames[--flow->depth].marks;
    flow->inferences_open -= (marks & MARK_INFERENCE) != 0;
    flow->layers_open -= (marks & MARK_LAYER) != 0;
    return marks;
}

static void pop(Core *core) {
    uint32_t marks = drop(core);
    if (marks & (MARK_INFERENCE | MARK_LAYER)) timeline_close(core, marks);
    if (marks & MARK_WATCH) watch_close(core, &core->watch);
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
    const Node *node = &core->nodes[top->node];
    top->node = node_at(core, node->parent, function, node->is_tail, node->layer);
}

/* What was measured stays above what it jumped to, also where no function is known to begin. */
enum { KEPT_MARKS = MARK_WATCH | MARK_INFERENCE | MARK_LAYER };

/* Makes `function` the current one after a jump from `from` to `block`, which belongs to it. */
static void jump_to(Core *core, int32_t function, const Block *block, const Block *from) {
    Flow *flow = &core->flows[core->flow];
    int was_jump = from->flags & BLOCK_JUMPS || block->addr != from->addr + from->size_bytes;
    if (was_jump && block->flags & BLOCK_ENTRY && flow->depth < DEPTH_MAX) push_function(core, function, flow->frames[flow->depth - 1].return_addr, 1);
    else {
        if (flow->frames[flow->depth - 1].marks & MARK_INLINED) pop(core); /* its host's code elsewhere */
        if (from->flags & BLOCK_INDIRECT && unwind_to_function(core, function)) return;
        const Frame *top = &flow->frames[flow->depth - 1];
        if (top->marks & KEPT_MARKS && flow->depth < DEPTH_MAX) push_function(core, function, top->return_addr, 1);
        else rename_top(core, function);
    }
}

static void arrive_by_jump(Core *core, Block *block, Block *from) {
    Flow *flow = &core->flows[core->flow];
    if (from->flags & BLOCK_INDIRECT && return_to(core, block->addr)) {
        if (flow->depth && (block->function < 0 || top_function(core) == block->function)) return;
    }
    if (!flow->depth) push(core, block, UINT32_MAX, 0);
    if (block->function < 0 || block->function == top_function(core)) return;
    int32_t host = core->inlined_count ? host_of(core, block->function) : -1, owner = host >= 0 ? host : block->function;
    if (core->inlined_count && host_of(core, top_function(core)) == owner) pop(core); /* out of inlined code, or to the next piece */
    if (top_function(core) != owner) jump_to(core, owner, block, from);
    if (host >= 0) push_inlined(core, block->function);
}

/* A block that was reached by a call did not run after all (it faulted, or the run stops before it). */
void calls_unarrive(Core *core) {
    Flow *flow = &core->flows[core->flow];
    if (!core->arrived_from || !flow->depth) return;
    uint32_t marks;
    do {
        int32_t node = flow->frames[flow->depth - 1].node;
        marks = drop(core);
        if (marks & (MARK_INFERENCE | MARK_LAYER)) timeline_take_back(core, marks);
        if (marks & MARK_COUNTED) core->nodes[node].calls--;
        if (marks & MARK_LAYER && !(marks & MARK_INLINED)) flow->layers_count--;
        if (marks & MARK_WATCH) core->watch.is_open = 0;
    } while (marks & MARK_INLINED && flow->depth);
    flow->flow = core->arrived_from;
    if (flow->depth) core->last_node = flow->frames[flow->depth - 1].node;
}

/* A block belongs to the code it begins in; a call at its end is made by the code it ends in. */
static void cross_inlined_border(Core *core, const Block *from) {
    if (!core->inlined_count || from->end_function == from->function || from->end_function < 0 || !core->flows[core->flow].depth) return;
    int32_t host = host_of(core, from->end_function), owner = host >= 0 ? host : from->end_function;
    if (host_of(core, top_function(core)) == owner) pop(core);
    if (host >= 0 && top_function(core) == host) push_inlined(core, from->end_function);
}

void calls_arrive(Core *core, Block *block) {
    Flow *flow = &core->flows[core->flow];
    Block *from = flow->flow;
    core->arrived_from = NULL;
    if (from->flags & BLOCK_CALL && block->addr != from->addr + from->size_bytes && flow->depth < DEPTH_MAX)
    {
        cross_inlined_border(core, from);
        push(core, block, from->flags & BLOCK_EXCEPTION_ENTRY ? UINT32_MAX : from->addr + from->size_bytes, 0);
        core->arrived_from = from;
    } else if (from->flags & (BLOCK_CALL | BLOCK_INDIRECT) || block->function != top_function(core) || !flow->depth)
        arrive_by_jump(core, block, from);
    flow = &core->flows[core->flow];
    core->last_node = flow->frames[flow->depth - 1].node;
}
