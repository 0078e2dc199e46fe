/* What happened when: begin and end of inferences and of their layers, the first ones of a run. */
#include "core.h"

#include <stdlib.h>

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

void timeline_free(Core *core) { free(core->timeline.spans); }
