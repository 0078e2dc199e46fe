/* The Python face of the counting core: one object that owns its struct and hands out its hook's address. */
#include "core.h"

#include <Python.h>

#include <stdlib.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    Core core;
    PyObject *fill;
    PyObject *error_type, *error_value, *error_traceback;
} CoreObject;

static int fill_from_python(Core *core, Block *previous, uint32_t addr, uint32_t size_bytes) {
    CoreObject *self = core->python;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallFunction(self->fill, "III", previous->index, addr, size_bytes);
    if (!result) PyErr_Fetch(&self->error_type, &self->error_value, &self->error_traceback);
    int is_filled = result != NULL;
    Py_XDECREF(result);
    PyGILState_Release(state);
    return is_filled;
}

static int core_object_init(PyObject *object, PyObject *args, PyObject *kwargs) {
    CoreObject *self = (CoreObject *)object;
    unsigned long long emulator, emu_stop, read_batch;
    PyObject *fill;
    static char *names[] = {"emulator", "emu_stop", "read_registers", "fill", "sp_id", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "KKKOi", names, &emulator, &emu_stop, &read_batch, &fill, &self->core.sp_id)) return -1;
    if (self->core.buckets) {
        PyErr_SetString(PyExc_RuntimeError, "a Core is made once");
        return -1;
    }
    self->core.emulator = (void *)(uintptr_t)emulator;
    self->core.emu_stop = (StopFunction)(uintptr_t)emu_stop;
    self->core.read_registers = (ReadBatchFunction)(uintptr_t)read_batch;
    self->core.fill = fill_from_python;
    self->core.python = self;
    Py_INCREF(fill);
    self->fill = fill;
    core_init(&self->core);
    return 0;
}

static void core_object_dealloc(PyObject *object) {
    CoreObject *self = (CoreObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    core_free(&self->core);
    Py_XDECREF(self->fill);
    Py_XDECREF(self->error_type);
    Py_XDECREF(self->error_value);
    Py_XDECREF(self->error_traceback);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

static int core_object_traverse(PyObject *object, visitproc visit, void *arg) {
    Py_VISIT(((CoreObject *)object)->fill);
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static int core_object_clear(PyObject *object) {
    Py_CLEAR(((CoreObject *)object)->fill);
    return 0;
}

#define SELF Core *core = &((CoreObject *)object)->core
#define METHOD(name) static PyObject *method_##name(PyObject *object, PyObject *args)

METHOD(hook) {
    SELF;
    (void)args;
    return Py_BuildValue("KK", (unsigned long long)(uintptr_t)core_on_block, (unsigned long long)(uintptr_t)core);
}

METHOD(raise_pending) {
    CoreObject *self = (CoreObject *)object;
    (void)args;
    if (!self->error_type) Py_RETURN_NONE;
    PyErr_Restore(self->error_type, self->error_value, self->error_traceback);
    self->error_type = self->error_value = self->error_traceback = NULL;
    return NULL;
}

static Program *new_program(Py_buffer *registers, Py_buffer *steps) {
    Program *program = grown(NULL, 1, sizeof *program);
    program->registers_count = (uint8_t)(registers->len / sizeof(int));
    memcpy(program->register_ids, registers->buf, registers->len);
    program->steps_count = (uint16_t)(steps->len / sizeof(Step));
    program->steps = grown(NULL, steps->len, 1);
    memcpy(program->steps, steps->buf, steps->len);
    return program;
}

METHOD(add_block) {
    SELF;
    unsigned int addr, size, flags, instructions, unresolved;
    int function, sp_delta;
    Py_buffer registers, steps;
    if (!PyArg_ParseTuple(args, "IIIiiIIy*y*", &addr, &size, &flags, &function, &sp_delta, &instructions, &unresolved, &registers, &steps)) return NULL;
    Block *block = core_add_block(core, addr, size);
    if (block) {
        block->flags = flags;
        block->function = block->end_function = function;
        block->sp_delta_bytes = sp_delta;
        block->instructions_count = instructions;
        block->unresolved_count = unresolved;
        if (steps.len) block->program = new_program(&registers, &steps);
        const Range *range = flags & BLOCK_IN_RAM ? core_range(core, addr) : NULL;
        if (range && range->host && addr + size <= range->end) {
            block->live_code = range->host + (addr - range->start);
            block->seen_code = grown(NULL, size, 1);
            memcpy(block->seen_code, block->live_code, size);
        } else {
            block->flags &= ~(uint32_t)BLOCK_IN_RAM;
        }
    }
    PyBuffer_Release(&registers);
    PyBuffer_Release(&steps);
    return block ? PyLong_FromUnsignedLong(block->index) : PyErr_NoMemory();
}

METHOD(find_block) {
    SELF;
    unsigned int addr, size;
    if (!PyArg_ParseTuple(args, "II", &addr, &size)) return NULL;
    Block *block = core_find_block(core, addr, size);
    return PyLong_FromLong(block ? (long)block->index : -1);
}

METHOD(set_function) {
    SELF;
    unsigned int index;
    int function;
    if (!PyArg_ParseTuple(args, "Ii", &index, &function)) return NULL;
    core->blocks[index]->function = core->blocks[index]->end_function = function;
    core->blocks[index]->flags |= BLOCK_ENTRY;
    Py_RETURN_NONE;
}

METHOD(set_end_function) {
    SELF;
    unsigned int index;
    int function;
    if (!PyArg_ParseTuple(args, "Ii", &index, &function)) return NULL;
    core->blocks[index]->end_function = function;
    Py_RETURN_NONE;
}

METHOD(set_trait) { /* what a function is to an inference, and whose code it is inlined in */
    SELF;
    unsigned int function, roles;
    int host = -1;
    if (!PyArg_ParseTuple(args, "II|i", &function, &roles, &host)) return NULL;
    calls_set_trait(core, function, roles, host);
    Py_RETURN_NONE;
}

METHOD(accesses) {
    SELF;
    unsigned int index;
    uint32_t addrs[256];
    if (!PyArg_ParseTuple(args, "I", &index)) return NULL;
    Block *block = core->blocks[index];
    int count = block->program ? values_accesses(core, block->program, addrs, 256) : 0;
    PyObject *list = PyList_New(count);
    for (int i = 0; list && i < count; i++) PyList_SetItem(list, i, PyLong_FromUnsignedLong(addrs[i]));
    return list;
}

METHOD(add_edge) {
    SELF;
    unsigned int previous, index;
    long long tail, body, saved = 0;
    Py_buffer elapsed;
    if (!PyArg_ParseTuple(args, "IILLy*|L", &previous, &index, &tail, &body, &elapsed, &saved)) return NULL;
    Block *from = previous == UINT32_MAX ? core->previous : core->blocks[previous];
    Edge *edge = core_add_edge(core, from, core->blocks[index]);
    if (edge) {
        edge->tail_cycles = tail;
        edge->body_cycles = body;
        edge->mispredict_saved_cycles = saved;
        edge->elapsed = grown(NULL, elapsed.len, 1);
        memcpy(edge->elapsed, elapsed.buf, elapsed.len);
    }
    PyBuffer_Release(&elapsed);
    if (!edge) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

METHOD(add_range) {
    SELF;
    unsigned int start, end;
    unsigned long long host;
    int is_flash;
    long long read_wait, write_wait, fill = 0, shown = -1;
    if (!PyArg_ParseTuple(args, "IIKpLL|LL", &start, &end, &host, &is_flash, &read_wait, &write_wait, &fill, &shown)) return NULL;
    if (core->ranges_count == RANGES_MAX) return PyErr_Format(PyExc_ValueError, "more than %d memory ranges", RANGES_MAX);
    core->ranges[core->ranges_count++] = (Range){start, end, (uint8_t *)(uintptr_t)host, is_flash, read_wait, write_wait, fill, shown < 0 ? 0 : (uint32_t)shown - start};
    Py_RETURN_NONE;
}

METHOD(set_waits) { /* of the memory range that starts at an address */
    SELF;
    unsigned int start;
    long long read_wait, write_wait;
    if (!PyArg_ParseTuple(args, "ILL", &start, &read_wait, &write_wait)) return NULL;
    for (uint32_t i = 0; i < core->ranges_count; i++)
        if (core->ranges[i].start == start) {
            core->ranges[i].read_wait = read_wait;
            core->ranges[i].write_wait = write_wait;
        }
    Py_RETURN_NONE;
}

METHOD(set_flash) {
    SELF;
    FlashPort *port = &core->flash;
    int is_unified, kind = PORT_RATIO, follows_hits = 0;
    unsigned int granule_shift;
    long long hit = 0;
    if (!PyArg_ParseTuple(args, "Ip|iLp", &granule_shift, &is_unified, &kind, &hit, &follows_hits)) return NULL;
    if (kind < PORT_RATIO || kind > PORT_WALK) return PyErr_Format(PyExc_ValueError, "no such memory port: %d", kind);
    port->granule_shift = port->fetch_shift = granule_shift;
    port->is_unified = is_unified;
    port->kind = kind;
    port->ahead_hit_cycles = hit;
    port->follows_hits = follows_hits && kind == PORT_PREFETCH;
    port->bus_divider = port->nominal_divider = 1;
    Py_RETURN_NONE;
}

METHOD(set_line_fills) { /* of a core with L1 caches */
    SELF;
    FlashPort *port = &core->flash;
    long long divider, nominal, rest;
    if (!PyArg_ParseTuple(args, "LLL", &divider, &nominal, &rest)) return NULL;
    if (divider < 1 || nominal < 1) return PyErr_Format(PyExc_ValueError, "no such divider: %lld of %lld", divider, nominal);
    port->bus_divider = divider;
    port->nominal_divider = nominal;
    port->line_rest_cycles = rest;
    Py_RETURN_NONE;
}

METHOD(set_cache) {
    SELF;
    int is_data;
    unsigned int lines, ways, line_shift, base, size;
    if (!PyArg_ParseTuple(args, "pIIIII", &is_data, &lines, &ways, &line_shift, &base, &size)) return NULL;
    LineCache *cache = is_data ? &core->flash.data : &core->flash.instruction;
    if (!cache_configure(cache, lines, ways, line_shift, core->flash.granule_shift, base, size)) return PyErr_Format(PyExc_ValueError, "impossible cache: %u lines, %u ways", lines, ways);
    if (core->flash.kind != PORT_L1) core->flash.is_fetch_cached = core->flash.instruction.is_on;
    Py_RETURN_NONE;
}

METHOD(set_flash_state) { /* costs and switches that firmware changes by registers */
    SELF;
    FlashPort *port = &core->flash;
    int is_on, instruction_on, data_on, prefetch_on = 0;
    long long fetch_q8, miss_cycles, ahead_cycles = 0;
    if (!PyArg_ParseTuple(args, "pLLpp|pL", &is_on, &fetch_q8, &miss_cycles, &instruction_on, &data_on, &prefetch_on, &ahead_cycles)) return NULL;
    port->is_on = is_on;
    port->fetch_miss_q8 = fetch_q8;
    port->miss_cycles = miss_cycles;
    port->instruction.is_on = instruction_on && port->instruction.lines;
    port->data.is_on = data_on && port->data.lines;
    if (port->kind != PORT_L1) port->is_fetch_cached = port->instruction.is_on; /* else decided block by block */
    port->is_prefetch_on = prefetch_on && port->kind == PORT_PREFETCH;
    port->ahead_cycles = ahead_cycles;
    if (!port->is_prefetch_on) port->ahead_unit = UINT32_MAX;
    Py_RETURN_NONE;
}

METHOD(forget_flash) { /* what flash costs has changed: decode and price its blocks again when they next run */
    SELF;
    (void)args;
    for (uint32_t i = 0; i < core->blocks_count; i++)
        if (core->blocks[i]->flags & BLOCK_FETCHES_FLASH) core->blocks[i]->is_stale = 1;
    Py_RETURN_NONE;
}

METHOD(flush_caches) {
    SELF;
    int instruction = 1, data = 1;
    if (!PyArg_ParseTuple(args, "|pp", &instruction, &data)) return NULL;
    if (instruction) {
        cache_flush(&core->flash.instruction);
        core->flash.fetch_unit = UINT32_MAX;
    }
    if (data) {
        cache_flush(&core->flash.data);
        core->flash.data_unit = UINT32_MAX;
    }
    core->flash.ahead_unit = UINT32_MAX;
    walk_forget(&core->walk);
    Py_RETURN_NONE;
}

METHOD(set_walk) { /* numbers of the core */
    SELF;
    Walk *walk = &core->walk;
    if (!PyArg_ParseTuple(args, "LLI", &walk->refill_cycles, &walk->request_lead_cycles, &walk->queue_words)) return NULL;
    if (walk->queue_words < 1 || walk->queue_words > WALK_WORDS / 2) return PyErr_Format(PyExc_ValueError, "impossible fetch queue: %u words", walk->queue_words);
    Py_RETURN_NONE;
}

METHOD(set_walk_state) { /* what the flash is like, by its registers; its buffers are empty afterwards */
    SELF;
    Walk *walk = &core->walk;
    if (!PyArg_ParseTuple(args, "LLpIIII", &walk->fetch_wait_cycles, &walk->data_wait_cycles, &walk->is_prefetch_on, &walk->line_shift, &walk->buffers.count, &walk->data_shift, &walk->data_buffers.count)) return NULL;
    if (walk->line_shift < 2 || walk->buffers.count > WALK_LINES_MAX || walk->data_buffers.count > WALK_LINES_MAX) return PyErr_Format(PyExc_ValueError, "impossible line buffers: %u and %u lines", walk->buffers.count, walk->data_buffers.count);
    walk_forget(walk);
    Py_RETURN_NONE;
}

METHOD(walk) { /* the steps of a block, so that its fetches are walked */
    SELF;
    unsigned int index;
    Py_buffer steps;
    if (!PyArg_ParseTuple(args, "Iy*", &index, &steps)) return NULL;
    Block *block = core->blocks[index];
    int is_whole = steps.len == (Py_ssize_t)(block->instructions_count * sizeof(WalkStep));
    if (is_whole) {
        block->walk_steps = grown(block->walk_steps, steps.len, 1);
        memcpy(block->walk_steps, steps.buf, steps.len);
    }
    PyBuffer_Release(&steps);
    if (!is_whole) return PyErr_Format(PyExc_ValueError, "not one step per instruction");
    Py_RETURN_NONE;
}

METHOD(set_uncacheable) { /* pairs of start and end, as 32-bit words */
    SELF;
    Py_buffer windows;
    if (!PyArg_ParseTuple(args, "y*", &windows)) return NULL;
    core->uncacheable = grown(core->uncacheable, windows.len, 1);
    memcpy(core->uncacheable, windows.buf, windows.len);
    core->uncacheable_count = (uint32_t)(windows.len / sizeof *core->uncacheable);
    PyBuffer_Release(&windows);
    Py_RETURN_NONE;
}

METHOD(set_moves) { /* start, end and an address in the memory that serves it, as 32-bit words; by address */
    SELF;
    Py_buffer moves;
    if (!PyArg_ParseTuple(args, "y*", &moves)) return NULL;
    uint32_t count = (uint32_t)(moves.len / sizeof *core->moves);
    core->moves = grown(core->moves, count ? count : 1, sizeof *core->moves);
    memcpy(core->moves, moves.buf, count * sizeof *core->moves);
    PyBuffer_Release(&moves);
    for (core->moves_count = 0; core->moves_count < count; core->moves_count++) {
        Move *move = &core->moves[core->moves_count];
        const Range *range = core_range(core, move->range);
        if (!range) return PyErr_Format(PyExc_ValueError, "no memory serves the data at 0x%x", move->start);
        move->range = (uint32_t)(range - core->ranges);
    }
    Py_RETURN_NONE;
}

METHOD(set_predictor) {
    SELF;
    long long cycles;
    if (!PyArg_ParseTuple(args, "L", &cycles)) return NULL;
    core->predictor.mispredict_cycles = cycles;
    Py_RETURN_NONE;
}

METHOD(predictions) {
    SELF;
    (void)args;
    return Py_BuildValue("KK", (unsigned long long)core->predictor.branches, (unsigned long long)core->predictor.wrong);
}

METHOD(ignore) {
    SELF;
    unsigned int mask;
    if (!PyArg_ParseTuple(args, "I", &mask)) return NULL;
    if (mask & ((1u << REASON_FIRST_DYNAMIC) - 1)) return PyErr_Format(PyExc_ValueError, "static reasons cannot be ignored: mask 0x%x", mask);
    core->ignored_mask = mask;
    Py_RETURN_NONE;
}

METHOD(set_divider) {
    SELF;
    if (!PyArg_ParseTuple(args, "LLLLL", &core->divide_zero, &core->divide_small, &core->divide_base, &core->divide_shift, &core->divide_charged)) return NULL;
    Py_RETURN_NONE;
}

METHOD(set_unaligned) {
    SELF;
    int is_store_free = 0;
    if (!PyArg_ParseTuple(args, "LLL|p", &core->unaligned_word[0], &core->unaligned_word[1], &core->unaligned_half, &is_store_free)) return NULL;
    core->is_unaligned_store_free = is_store_free;
    Py_RETURN_NONE;
}

METHOD(add_flow) {
    SELF;
    (void)args;
    return PyLong_FromUnsignedLong(calls_add_flow(core));
}

METHOD(enter_flow) { /* an exception's handler or a new task starts in `flow` */
    SELF;
    unsigned int flow;
    if (!PyArg_ParseTuple(args, "I", &flow)) return NULL;
    calls_reset_flow(core, flow);
    core->flow = flow;
    core->flows[flow].flow = &core->entry_block;
    core->previous = &core->entry_block;
    core->last_edge = NULL;
    Py_RETURN_NONE;
}

METHOD(resume_flow) { /* back to a flow that was interrupted */
    SELF;
    unsigned int flow;
    if (!PyArg_ParseTuple(args, "I", &flow)) return NULL;
    core->flow = flow;
    core->previous = &core->start_block;
    core->last_edge = NULL;
    Py_RETURN_NONE;
}

METHOD(leave_flow) {
    SELF;
    unsigned int flow;
    if (!PyArg_ParseTuple(args, "I", &flow)) return NULL;
    calls_reset_flow(core, flow);
    Py_RETURN_NONE;
}

METHOD(split_flow) { /* calls above `depth` were on a stack that is left: they go on in a flow of their own, some time */
    SELF;
    unsigned int depth;
    if (!PyArg_ParseTuple(args, "I", &depth)) return NULL;
    uint32_t index = calls_add_flow(core); /* may move core->flows */
    Flow *from = &core->flows[core->flow], *to = &core->flows[index];
    to->flow = from->flow;
    to->depth = to->capacity = from->depth > depth ? from->depth - depth : 0;
    to->frames = grown(NULL, to->capacity, sizeof *to->frames);
    if (to->depth) memcpy(to->frames, from->frames + depth, to->depth * sizeof *to->frames);
    from->depth -= to->depth;
    for (uint32_t i = 0; i < to->depth; i++) {
        uint32_t inferences = (to->frames[i].marks & MARK_INFERENCE) != 0, layers = (to->frames[i].marks & MARK_LAYER) != 0;
        to->inferences_open += inferences, from->inferences_open -= inferences;
        to->layers_open += layers, from->layers_open -= layers;
    }
    to->inference = from->inference, to->layers_count = from->layers_count;
    to->inference_span = from->inference_span, to->layer_span = from->layer_span;
    return PyLong_FromUnsignedLong(index);
}

METHOD(add_stack) {
    SELF;
    unsigned int top;
    int is_counted = 1;
    if (!PyArg_ParseTuple(args, "I|p", &top, &is_counted)) return NULL;
    core->stack_low = grown(core->stack_low, (core->stacks_count + 1), sizeof *core->stack_low);
    core->stack_top = grown(core->stack_top, (core->stacks_count + 1), sizeof *core->stack_top);
    core->stack_low[core->stacks_count] = core->stack_top[core->stacks_count] = top;
    core->stacks_count++;
    ram_add_stack(core, is_counted);
    return PyLong_FromUnsignedLong(core->stacks_count - 1);
}

METHOD(lower_stack) {
    SELF;
    unsigned int stack, sp;
    if (!PyArg_ParseTuple(args, "II", &stack, &sp)) return NULL;
    if (stack < core->stacks_count && sp < core->stack_low[stack]) core->stack_low[stack] = sp;
    ram_left_at(core, stack, sp);
    Py_RETURN_NONE;
}

METHOD(left_stack) { /* with SP there */
    SELF;
    unsigned int stack, sp;
    if (!PyArg_ParseTuple(args, "II", &stack, &sp)) return NULL;
    ram_left_at(core, stack, sp);
    Py_RETURN_NONE;
}

METHOD(set_heap) { /* its size from now on */
    SELF;
    unsigned int size;
    if (!PyArg_ParseTuple(args, "I", &size)) return NULL;
    ram_set_heap(core, size);
    Py_RETURN_NONE;
}

METHOD(watch_heap) { /* see its size by what is written from `start` on */
    SELF;
    unsigned int start, end;
    if (!PyArg_ParseTuple(args, "II", &start, &end)) return NULL;
    ram_watch_heap(core, start, end);
    Py_RETURN_NONE;
}

METHOD(ram_samples) { /* cycles of a step, words of a row, and the rows: all stacks, heap, each stack */
    SELF;
    (void)args;
    const RamHistory *ram = &core->ram;
    size_t width = core->stacks_count + 2u, rows = ram->last + 1u;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(rows * width * sizeof(uint32_t)));
    if (!bytes) return NULL;
    uint32_t *words = (uint32_t *)PyBytes_AsString(bytes);
    memset(words, 0, rows * width * sizeof *words);
    for (size_t i = 0; i < rows; i++, words += width) {
        const RamSample *sample = &ram->samples[i];
        words[0] = sample->stack_bytes;
        words[1] = sample->heap_bytes;
        if (sample->stacks_count) memcpy(words + 2, sample->each, sample->stacks_count * sizeof *words);
    }
    return Py_BuildValue("LnN", (long long)ram->step_cycles, (Py_ssize_t)width, bytes);
}

METHOD(use_stack) {
    SELF;
    if (!PyArg_ParseTuple(args, "I", &core->stack)) return NULL;
    ram_use_stack(core);
    Py_RETURN_NONE;
}

METHOD(stack_lows) {
    SELF;
    (void)args;
    return PyBytes_FromStringAndSize((const char *)core->stack_low, (Py_ssize_t)(core->stacks_count * sizeof *core->stack_low));
}

METHOD(truncate) {
    SELF;
    unsigned int end;
    if (!PyArg_ParseTuple(args, "I", &end)) return NULL;
    if (!core_truncate(core, end)) return method_raise_pending(object, NULL);
    Py_RETURN_NONE;
}

METHOD(last_block) {
    SELF;
    (void)args;
    const Block *block = core->last_edge ? core->last_edge->to : &core->start_block;
    return Py_BuildValue("III", block->addr, block->size_bytes, block->index);
}

METHOD(now_at) {
    SELF;
    unsigned int pc;
    if (!PyArg_ParseTuple(args, "I", &pc)) return NULL;
    return PyLong_FromLongLong(core_now_at(core, pc));
}

METHOD(charge) {
    SELF;
    long long cycles;
    int reason, to_next;
    if (!PyArg_ParseTuple(args, "Lip", &cycles, &reason, &to_next)) return NULL;
    core_charge(core, cycles, reason, to_next);
    Py_RETURN_NONE;
}

METHOD(spin) {
    SELF;
    long long cycles;
    if (!PyArg_ParseTuple(args, "L", &cycles)) return NULL;
    core_spin(core, cycles);
    Py_RETURN_NONE;
}

METHOD(sleep) {
    SELF;
    long long cycles;
    if (!PyArg_ParseTuple(args, "L", &cycles)) return NULL;
    core_sleep(core, cycles);
    Py_RETURN_NONE;
}

METHOD(watch_function) {
    SELF;
    if (!PyArg_ParseTuple(args, "i", &core->watched_function)) return NULL;
    Py_RETURN_NONE;
}

METHOD(mark) { /* a marked stretch begins or ends at the instruction at `pc` */
    SELF;
    int begins;
    unsigned int pc;
    if (!PyArg_ParseTuple(args, "pI", &begins, &pc)) return NULL;
    int64_t now = core->now;
    core->now = core_now_at(core, pc);
    if (begins) watch_open(core, &core->pair);
    else watch_close(core, &core->pair);
    core->now = now;
    Py_RETURN_NONE;
}

METHOD(watched) {
    SELF;
    int is_pair;
    if (!PyArg_ParseTuple(args, "p", &is_pair)) return NULL;
    Watch *watch = is_pair ? &core->pair : &core->watch;
    PyObject *calls = PyBytes_FromStringAndSize((const char *)watch->calls, (Py_ssize_t)(watch->calls_count * sizeof *watch->calls));
    return Py_BuildValue("KLLLNiL", watch->count, watch->sum, watch->min, watch->max, calls, watch->is_open, watch->begin);
}

METHOD(spans) { /* as an array of Span, and how many more there were */
    SELF;
    (void)args;
    const Timeline *timeline = &core->timeline;
    PyObject *spans = PyBytes_FromStringAndSize((const char *)timeline->spans, (Py_ssize_t)(timeline->count * sizeof *timeline->spans));
    return Py_BuildValue("NK", spans, (unsigned long long)timeline->lost);
}

METHOD(touch) {
    SELF;
    unsigned int start, end;
    int is_on;
    if (!PyArg_ParseTuple(args, "IIp", &start, &end, &is_on)) return NULL;
    if (core->touched[0] && (start != core->touch_start || end != core->touch_end)) return PyErr_Format(PyExc_ValueError, "the touched range is fixed");
    for (int map = 0; map < TOUCH_MAPS_COUNT && !core->touched[map]; map++) {
        core->touched[map] = calloc(((end - start) >> (TOUCH_SHIFT + 6)) + 1, sizeof *core->touched[map]);
        if (!core->touched[map]) return PyErr_NoMemory();
    }
    core->touch_start = start;
    core->touch_end = end;
    core->is_touching = is_on;
    Py_RETURN_NONE;
}

METHOD(touched_words) {
    SELF;
    (void)args;
    uint64_t count = 0;
    if (core->touched[TOUCHED_IN_REGION])
        for (uint32_t i = 0; i <= (core->touch_end - core->touch_start) >> (TOUCH_SHIFT + 6); i++)
            count += (uint64_t)__builtin_popcountll(core->touched[TOUCHED_IN_REGION][i]);
    return PyLong_FromUnsignedLongLong(count);
}

METHOD(touched_map) { /* a byte per word from `start` to `end`: 1 where it was touched (TOUCHED_) */
    SELF;
    unsigned int map, start, end;
    if (!PyArg_ParseTuple(args, "III", &map, &start, &end)) return NULL;
    if (map >= TOUCH_MAPS_COUNT || !core->touched[map] || start < core->touch_start || end > core->touch_end || start > end) return PyErr_Format(PyExc_ValueError, "nothing is known of this range");
    uint32_t first = (start - core->touch_start) >> TOUCH_SHIFT, count = (end - start + (1 << TOUCH_SHIFT) - 1) >> TOUCH_SHIFT;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count);
    if (!bytes) return NULL;
    char *rows = PyBytes_AsString(bytes);
    for (uint32_t i = 0; i < count; i++) rows[i] = core->touched[map][(first + i) >> 6] >> ((first + i) & 63) & 1;
    return bytes;
}

METHOD(node_cycles) {
    SELF;
    (void)args;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(core->nodes_count * sizeof(int64_t)));
    if (!bytes) return NULL;
    int64_t *cycles = (int64_t *)PyBytes_AsString(bytes);
    for (uint32_t i = 0; i < core->nodes_count; i++) cycles[i] = core->nodes[i].self_cycles;
    return bytes;
}

METHOD(nodes) {
    SELF;
    (void)args;
    PyObject *list = PyList_New(core->nodes_count);
    for (uint32_t i = 0; list && i < core->nodes_count; i++) {
        const Node *node = &core->nodes[i];
        PyList_SetItem(list, i, Py_BuildValue("iiKLii", node->function, node->parent, (unsigned long long)node->calls, (long long)node->self_cycles, node->is_tail, node->layer));
    }
    return list;
}

METHOD(frames) {
    SELF;
    (void)args;
    const Flow *flow = &core->flows[core->flow];
    PyObject *list = PyList_New(flow->depth);
    for (uint32_t i = 0; list && i < flow->depth; i++)
        PyList_SetItem(list, i, Py_BuildValue("iI", core->nodes[flow->frames[i].node].function, flow->frames[i].return_addr));
    return list;
}

static int append_edges(PyObject *list, const Block *from) {
    for (const Edge *edge = from->edges; edge; edge = edge->next) {
        if (!edge->count) continue;
        PyObject *row = Py_BuildValue("IIKLL", from->index, edge->to->index, (unsigned long long)edge->count, (long long)edge->tail_cycles, (long long)edge->body_cycles);
        int is_good = row && PyList_Append(list, row) == 0;
        Py_XDECREF(row);
        if (!is_good) return 0;
    }
    return 1;
}

METHOD(edges) {
    SELF;
    (void)args;
    PyObject *list = PyList_New(0);
    int is_good = list && append_edges(list, &core->start_block) && append_edges(list, &core->entry_block);
    for (uint32_t i = 0; is_good && i < core->blocks_count; i++) is_good = append_edges(list, core->blocks[i]);
    return is_good ? list : NULL;
}

METHOD(block_dynamics) {
    SELF;
    unsigned int index;
    if (!PyArg_ParseTuple(args, "I", &index)) return NULL;
    return PyBytes_FromStringAndSize((const char *)core->blocks[index]->dynamic_cycles, sizeof core->blocks[index]->dynamic_cycles);
}

static int append_charges(PyObject *list, const Block *block, int reason) {
    for (uint32_t offset = 0; offset < block->size_bytes / 2; offset++) {
        if (!block->charges[reason][offset]) continue;
        PyObject *row = Py_BuildValue("IiL", offset, reason, (long long)block->charges[reason][offset]);
        int is_good = row && PyList_Append(list, row) == 0;
        Py_XDECREF(row);
        if (!is_good) return 0;
    }
    return 1;
}

METHOD(block_charges) {
    SELF;
    unsigned int index;
    if (!PyArg_ParseTuple(args, "I", &index)) return NULL;
    const Block *block = core->blocks[index];
    PyObject *list = PyList_New(0);
    int is_good = list != NULL;
    for (int reason = 0; is_good && reason < REASON_COUNT; reason++)
        if (block->charges[reason]) is_good = append_charges(list, block, reason);
    if (is_good) return list;
    Py_XDECREF(list);
    return NULL;
}

METHOD(reason_cycles) {
    SELF;
    (void)args;
    return PyBytes_FromStringAndSize((const char *)core->reason_cycles, sizeof core->reason_cycles);
}

METHOD(instructions_count) {
    SELF;
    (void)args;
    uint64_t count = 0;
    for (uint32_t i = 0; i < core->blocks_count; i++)
        for (const Edge *edge = core->blocks[i]->edges; edge; edge = edge->next) count += edge->count * edge->to->instructions_count;
    return PyLong_FromUnsignedLongLong(count);
}

METHOD(counters) {
    SELF;
    (void)args;
    const FlashPort *flash = &core->flash;
    return Py_BuildValue("KKKKK", flash->fetches, flash->fetch_misses, flash->data_reads, flash->data_misses, core->unresolved);
}

static PyMethodDef methods[] = {
#define ENTRY(name) {#name, method_##name, METH_VARARGS, NULL}
    ENTRY(hook), ENTRY(raise_pending), ENTRY(add_block), ENTRY(find_block), ENTRY(set_function), ENTRY(set_end_function), ENTRY(set_trait), ENTRY(accesses), ENTRY(add_edge),
    ENTRY(add_range), ENTRY(set_waits), ENTRY(set_flash), ENTRY(set_cache), ENTRY(set_flash_state), ENTRY(set_line_fills), ENTRY(forget_flash), ENTRY(flush_caches), ENTRY(set_walk), ENTRY(set_walk_state), ENTRY(walk), ENTRY(set_divider),
    ENTRY(set_uncacheable), ENTRY(set_moves), ENTRY(set_predictor), ENTRY(predictions), ENTRY(ignore), ENTRY(block_charges),
    ENTRY(set_unaligned), ENTRY(add_flow), ENTRY(enter_flow), ENTRY(resume_flow), ENTRY(leave_flow), ENTRY(split_flow), ENTRY(add_stack),
    ENTRY(lower_stack), ENTRY(use_stack), ENTRY(stack_lows), ENTRY(left_stack), ENTRY(set_heap), ENTRY(watch_heap), ENTRY(ram_samples), ENTRY(truncate), ENTRY(last_block), ENTRY(now_at), ENTRY(charge), ENTRY(spin), ENTRY(sleep),
    ENTRY(watch_function), ENTRY(mark), ENTRY(watched), ENTRY(spans), ENTRY(touch), ENTRY(touched_words), ENTRY(touched_map), ENTRY(node_cycles), ENTRY(nodes),
    ENTRY(frames), ENTRY(edges), ENTRY(block_dynamics), ENTRY(reason_cycles), ENTRY(instructions_count),
    ENTRY(counters),
    {NULL, NULL, 0, NULL},
};

#define NUMBER(field) \
    static PyObject *get_##field(PyObject *object, void *unused) { (void)unused; return PyLong_FromLongLong((long long)((CoreObject *)object)->core.field); } \
    static int set_##field(PyObject *object, PyObject *value, void *unused) { \
        (void)unused; \
        long long number = PyLong_AsLongLong(value); \
        if (number == -1 && PyErr_Occurred()) return -1; \
        ((CoreObject *)object)->core.field = number; \
        return 0; \
    }
NUMBER(now) NUMBER(deadline) NUMBER(sleep_cycles) NUMBER(stop_request) NUMBER(stop_reason) NUMBER(stop_addr)
NUMBER(irq_waiting) NUMBER(fp_trap) NUMBER(has_event) NUMBER(nodes_count) NUMBER(blocks_count) NUMBER(flow) NUMBER(last_node) NUMBER(calls_enough)

static PyObject *get_watched_count(PyObject *object, void *unused) {
    (void)unused;
    const Core *core = &((CoreObject *)object)->core;
    return PyLong_FromUnsignedLongLong(core->watch.count + core->pair.count);
}

/* The flow in which the watched function is open; -1: it is not. */
static PyObject *get_watching_flow(PyObject *object, void *unused) {
    (void)unused;
    const Core *core = &((CoreObject *)object)->core;
    for (uint32_t i = 0; core->watch.is_open && i < core->flows_count; i++)
        for (uint32_t depth = 0; depth < core->flows[i].depth; depth++)
            if (core->flows[i].frames[depth].marks & MARK_WATCH) return PyLong_FromUnsignedLong(i);
    return PyLong_FromLong(-1);
}

static PyGetSetDef numbers[] = {
#define FIELD(name) {#name, get_##name, set_##name, NULL, NULL}
    FIELD(now), FIELD(deadline), FIELD(sleep_cycles), FIELD(stop_request), FIELD(stop_reason), FIELD(stop_addr),
    FIELD(irq_waiting), FIELD(fp_trap), FIELD(has_event), FIELD(nodes_count), FIELD(blocks_count), FIELD(flow), FIELD(last_node), FIELD(calls_enough),
    {"watched_count", get_watched_count, NULL, NULL, NULL}, {"watching_flow", get_watching_flow, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Counts executed blocks; see core.h."}, {Py_tp_new, PyType_GenericNew}, {Py_tp_init, core_object_init},
    {Py_tp_dealloc, core_object_dealloc}, {Py_tp_traverse, core_object_traverse}, {Py_tp_clear, core_object_clear},
    {Py_tp_methods, methods}, {Py_tp_getset, numbers}, {0, NULL},
};
static PyType_Spec spec = {"mcusim.machine.native._core.Core", sizeof(CoreObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

static int execute(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    int is_added = type && PyModule_AddObjectRef(module, "Core", type) == 0;
    Py_XDECREF(type);
    return is_added ? 0 : -1;
}
static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, execute}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_core", "The counting core of mcusim.", 0, NULL, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&definition); }
