/* What happened when: begin and end of inferences and of their layers, the first ones of a run; and RAM in use over all of
 * it, in steps. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* Cycles that wait for the block that comes are its own: what begins with it holds them, what ends before it does not. */
static int64_t arrival(Core *core) {
    core->timeline.changes++;
    return core->timeline.changed_at = core->now - core->carry_cycles;
}

static int32_t open_span(Core *core, int kind, int32_t function, int32_t layer) {
    Timeline *timeline = &core->timeline;
    if (timeline->count == SPANS_MAX) {
        timeline->lost++;
        return -1;
    }
    if (timeline->count == timeline->capacity) {
        timeline->capacity = timeline->capacity ? timeline->capacity * 2 : 256;
        timeline->spans = grown(timeline->spans, timeline->capacity, sizeof *timeline->spans);
    }
    timeline->spans[timeline->count] = (Span){arrival(core), -1, kind, function, layer, (int32_t)core->flow};
    return (int32_t)timeline->count++;
}

/* A frame with `marks` was pushed; only the outermost inference of a flow counts. */
void timeline_open(Core *core, uint32_t marks, int32_t function, int32_t layer) {
    Flow *flow = &core->flows[core->flow];
    if (marks & MARK_INFERENCE && flow->inferences_open == 1) flow->inference_span = open_span(core, SPAN_INFERENCE, function, -1);
    if (marks & MARK_LAYER) flow->layer_span = open_span(core, SPAN_LAYER, function, layer);
}

static void close_span(Core *core, int32_t index) {
    if (index >= 0) core->timeline.spans[index].end = arrival(core);
}

/* A frame with `marks` was popped. */
void timeline_close(Core *core, uint32_t marks) {
    const Flow *flow = &core->flows[core->flow];
    if (marks & MARK_LAYER) close_span(core, flow->layer_span);
    if (marks & MARK_INFERENCE && !flow->inferences_open) close_span(core, flow->inference_span);
}

static void take_back(Timeline *timeline, int32_t index) {
    if (index >= 0) timeline->count--; /* it was the last one */
    else timeline->lost--;
}

/* A frame with `marks` was pushed for a block that did not run after all. */
void timeline_take_back(Core *core, uint32_t marks) {
    const Flow *flow = &core->flows[core->flow];
    if (marks & MARK_LAYER) take_back(&core->timeline, flow->layer_span);
    if (marks & MARK_INFERENCE && !flow->inferences_open) take_back(&core->timeline, flow->inference_span);
}

/* The last block arrived at another time than was thought: so did what began or ended with it. */
void timeline_shift(Core *core, int64_t cycles) {
    Timeline *timeline = &core->timeline;
    if (!timeline->changes || !cycles) return;
    for (uint32_t i = 0; i < timeline->count; i++) {
        Span *span = &timeline->spans[i];
        if (span->begin == timeline->changed_at) span->begin += cycles;
        if (span->end == timeline->changed_at) span->end += cycles;
    }
    timeline->changes = 0;
}

void ram_init(Core *core) {
    RamHistory *ram = &core->ram;
    ram->samples = grown(NULL, RAM_SAMPLES_MAX, sizeof *ram->samples);
    memset(ram->samples, 0, RAM_SAMPLES_MAX * sizeof *ram->samples);
    ram->step_cycles = core->sample_at = RAM_FIRST_STEP_CYCLES;
}

static RamSample *sample_now(Core *core) { return &core->ram.samples[core->ram.last]; }

static void note_depths(Core *core, RamSample *sample) {
    const RamHistory *ram = &core->ram;
    if (sample->stacks_count != core->stacks_count) {
        sample->each = grown(sample->each, core->stacks_count, sizeof *sample->each);
        sample->stacks_count = core->stacks_count;
    }
    sample->stack_bytes = 0;
    for (uint32_t i = 0; i < core->stacks_count; i++) {
        sample->each[i] = ram->is_uncounted[i] ? 0 : ram->depth[i];
        sample->stack_bytes += sample->each[i];
    }
}

/* The current stack has this depth; with the others it may be the most so far. */
void ram_deeper(Core *core, uint32_t depth) {
    core->ram.depth[core->stack] = depth;
    if (core->ram.others + depth > sample_now(core)->stack_bytes) note_depths(core, sample_now(core));
}

static void see_depth(Core *core) {
    if (core->stack >= core->stacks_count) return;
    uint32_t sp = core_sp(core), top = core->stack_top[core->stack];
    core->ram.depth[core->stack] = sp < top ? top - sp : 0;
}

static void begin_sample(Core *core) {
    RamSample *sample = sample_now(core);
    sample->heap_bytes = core->ram.heap;
    note_depths(core, sample);
}

/* Two samples become one: of stacks and of heap, each the most. */
static void merge(RamSample *into, RamSample *first, RamSample *second) {
    RamSample *deeper = second->stack_bytes > first->stack_bytes ? second : first;
    RamSample *other = deeper == first ? second : first;
    uint32_t heap_bytes = other->heap_bytes > deeper->heap_bytes ? other->heap_bytes : deeper->heap_bytes;
    RamSample result = *deeper, unused = *into;
    if (into != deeper) { /* every buffer stays with one sample */
        *deeper = unused;
    }
    result.heap_bytes = heap_bytes;
    *into = result;
}

static void halve(RamHistory *ram) {
    for (uint32_t i = 0; i < RAM_SAMPLES_MAX / 2; i++) merge(&ram->samples[i], &ram->samples[2 * i], &ram->samples[2 * i + 1]);
    ram->last = RAM_SAMPLES_MAX / 2 - 1;
    ram->step_cycles *= 2;
}

/* What is not zero any more below the stacks' lowest points was written. Looked for from above, a word at a time. */
static void see_heap(Core *core) {
    RamHistory *ram = &core->ram;
    if (!ram->heap_memory) return;
    uint32_t size = ram->heap_limit;
    for (uint32_t i = 0; i < core->stacks_count; i++) {
        uint32_t low = core->stack_low[i];
        if (!ram->is_uncounted[i] && low < core->stack_top[i] && low >= ram->heap_start && low - ram->heap_start < size) size = low - ram->heap_start;
    }
    if (size > HEAP_LARGE_BYTES && ram->last % HEAP_LARGE_STEPS) return;
    while (size % sizeof(uint64_t) && size > ram->heap && !ram->heap_memory[size - 1]) size--;
    for (uint64_t word = 0; !word && size >= ram->heap + sizeof word && size % sizeof word == 0;) {
        memcpy(&word, ram->heap_memory + size - sizeof word, sizeof word);
        if (!word) size -= sizeof word;
    }
    while (size > ram->heap && !ram->heap_memory[size - 1]) size--;
    if (size > ram->heap) ram_set_heap(core, size);
}

void ram_watch_heap(Core *core, uint32_t start, uint32_t end) {
    const Range *range = core_range(core, start);
    if (!range || !range->host) return;
    core->ram.heap_memory = range->host + (start - range->start);
    core->ram.heap_start = start;
    core->ram.heap_limit = (end < range->end ? end : range->end) - start;
}

/* Time has come to the next step, or beyond: what is in use now was so in all steps between. */
void ram_step(Core *core) {
    RamHistory *ram = &core->ram;
    see_depth(core);
    see_heap(core);
    while (core->now >= core->sample_at) {
        if (ram->last == RAM_SAMPLES_MAX - 1) halve(ram);
        ram->last++;
        core->sample_at = (ram->last + 1) * ram->step_cycles;
        begin_sample(core);
    }
}

static void sum_others(Core *core) {
    RamHistory *ram = &core->ram;
    ram->others = 0;
    for (uint32_t i = 0; i < core->stacks_count; i++)
        if (i != core->stack && !ram->is_uncounted[i]) ram->others += ram->depth[i];
}

void ram_add_stack(Core *core, int is_counted) { /* the last one */
    RamHistory *ram = &core->ram;
    ram->depth = grown(ram->depth, core->stacks_count, sizeof *ram->depth);
    ram->is_uncounted = grown(ram->is_uncounted, core->stacks_count, sizeof *ram->is_uncounted);
    ram->depth[core->stacks_count - 1] = 0;
    ram->is_uncounted[core->stacks_count - 1] = !is_counted;
}

void ram_use_stack(Core *core) { sum_others(core); }

/* SP of this stack is here now, or was when another one came into use. */
void ram_left_at(Core *core, uint32_t stack, uint32_t sp) {
    if (stack >= core->stacks_count) return;
    uint32_t top = core->stack_top[stack];
    core->ram.depth[stack] = sp < top ? top - sp : 0;
    sum_others(core);
    if (core->ram.others + (core->stack < core->stacks_count ? core->ram.depth[core->stack] : 0) > sample_now(core)->stack_bytes) note_depths(core, sample_now(core));
}

void ram_set_heap(Core *core, uint32_t size_bytes) {
    core->ram.heap = size_bytes;
    if (size_bytes > sample_now(core)->heap_bytes) sample_now(core)->heap_bytes = size_bytes;
}

void timeline_free(Core *core) {
    free(core->timeline.spans);
    for (uint32_t i = 0; i < RAM_SAMPLES_MAX; i++) free(core->ram.samples[i].each);
    free(core->ram.samples);
    free(core->ram.depth);
    free(core->ram.is_uncounted);
}
