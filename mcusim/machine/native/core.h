/* The counting core: adds numbers that Python gave it, once per executed block. It knows no instruction's name, no
 * device and no joule. engine.c counts, calls.c keeps the calling-context tree, flash.c says what memory costs, caches.c
 * what it holds, walk.c what a core with one bus waits for, predictor.c guesses branches, values.c computes data
 * addresses and operands from registers, timeline.c notes what happened when; module.c is the Python face of them all. */
#ifndef MCUSIM_CORE_H
#define MCUSIM_CORE_H
#include "walk.h"

#include <stddef.h>
#include <stdint.h>

enum { /* Block.flags; the same numbers are in machine/counting.py */
    BLOCK_CALL = 1,         /* ends with a linking branch */
    BLOCK_INDIRECT = 2,     /* ends with a branch to a register or loaded value: may be a return */
    BLOCK_UNMASKS = 4,      /* ends with an instruction that may let a pending interrupt in */
    BLOCK_FP = 8,           /* has floating-point instructions */
    BLOCK_LOWERS_SP = 16,
    BLOCK_IN_RAM = 32,      /* its bytes may change */
    BLOCK_ENTRY = 64,       /* first instruction of a function */
    BLOCK_SELF_LOOP = 128,  /* branches to itself and does nothing else */
    BLOCK_FETCHES_FLASH = 256,
    BLOCK_EXCEPTION_ENTRY = 512, /* the pseudo block before a handler's first */
    BLOCK_SETS_SP = 1024,   /* SP may point to another stack afterwards */
    BLOCK_SENDS_EVENT = 4096, /* has SEV: Unicorn runs it as NOP */
    BLOCK_MOVES_SP = 2048,  /* SP moved by an amount known only at run time (alloca, a frame too big for an immediate) */
    BLOCK_CONDITIONAL = 8192, /* ends with B<c>, CBZ or CBNZ */
    BLOCK_WIDE_END = 16384,   /* its last instruction has 32 bits */
    BLOCK_JUMPS = 32768,      /* ends with an unconditional branch, wherever to: also to what follows in memory */
};

enum { /* why the core stopped the emulator */
    STOP_NONE, STOP_DEADLINE, STOP_REQUEST, STOP_UNMASKED, STOP_FP, STOP_SELF_LOOP, STOP_STACK, STOP_ERROR
};

enum { REASON_COUNT = 24, /* as many as mcusim/timing/cost.py may grow to */
       REASON_FIRST_DYNAMIC = 8, REASON_FLASH_FETCH = 8, REASON_FLASH_DATA = 9, REASON_SLOW_MEMORY = 10,
       REASON_UNALIGNED = 11, REASON_DIVIDE = 12, REASON_EXCEPTION = 13, REASON_CONDITION = 14,
       REASON_MISPREDICT = 16, REASON_INSTRUCTION_CACHE = 17, REASON_DATA_CACHE = 18 };

typedef struct Block Block;

typedef struct Edge { /* one block in the context of the block before it */
    Block *to;
    struct Edge *next;
    uint64_t count;
    int64_t tail_cycles; /* belongs to the block before */
    int64_t body_cycles;
    int64_t mispredict_saved_cycles; /* of the branch at its end, whose condition is known early */
    uint16_t *elapsed;   /* body cycles before the instruction at each halfword */
} Edge;

typedef struct { /* one step of a value program */
    uint8_t code, target, left, right;
    uint32_t constant;
} Step;

enum { /* Step.code; the same numbers are in machine/values.py */
    STEP_CONST, STEP_ADD, STEP_SUB, STEP_AND, STEP_ORR, STEP_EOR, STEP_BIC, STEP_MVN, STEP_LSL, STEP_LSR, STEP_ASR,
    STEP_ROR, STEP_MUL, STEP_EXTRACT, STEP_EXTRACT_SIGNED, STEP_LOAD, STEP_FLAGS_SUB, STEP_FLAGS_ADD, STEP_FLAGS_LOGIC,
    STEP_FLAGS_PSR, STEP_CONDITION, STEP_SELECT, STEP_ACCESS, STEP_DIVIDE, STEP_SKIP, STEP_DIV, STEP_ADD_CONST
};
enum { STEP_ALWAYS = 255, ACCESS_LOAD = 256, ACCESS_SIGNED = 512 };

typedef struct { /* computes what a block's run-time terms need, from the registers at its entry */
    uint8_t registers_count;
    int register_ids[17];
    uint16_t steps_count;
    Step *steps;
} Program;

typedef struct {
    uint32_t start, end;
    uint8_t *host;
    int is_flash;
    int64_t read_wait, write_wait, fill_cycles; /* fill_cycles: of a line of the core's own caches, for RAM; 0: not cached */
    uint32_t to_canonical;                      /* added to an address: where the bytes are that an alias shows */
} Range;

struct Block {
    uint32_t addr, size_bytes, flags;
    uint32_t canonical_addr;
    const Range *range;
    int32_t function;    /* -1: unknown, belongs to the frame it runs in */
    int32_t end_function; /* of its last instruction: another one where inlined code begins or ends within the block */
    Edge *edges;         /* successors, most recent first */
    int32_t sp_delta_bytes; /* lowest SP within the block, relative to SP at entry */
    uint32_t instructions_count;
    uint32_t unresolved_count; /* data accesses whose address no program can compute */
    uint32_t index;
    Program *program;
    const uint8_t *live_code;
    uint8_t *seen_code;  /* copy of the bytes that were decoded, for blocks in RAM */
    WalkStep *walk_steps; /* one per instruction, where fetches are walked */
    int64_t dynamic_cycles[REASON_COUNT];
    int64_t *charges[REASON_COUNT]; /* the same by halfword of the block, made when first needed */
    Block *next_in_bucket;
    int is_stale;
};

enum { /* what a function is to an inference; the same numbers are in machine/counting.py */
    ROLE_RESTARTS = 1,   /* runs one inference: its layers are counted from 0 */
    ROLE_DISPATCHES = 2, /* what it calls itself are layers */
    ROLE_LAYER = 4,      /* a layer wherever an inference calls it; the outermost one counts */
    ROLE_HELPER = 8,     /* never a layer */
    ROLE_STARTS = 16,    /* main: from here on, memory is what the program touches, not its start-up code */
};
enum { LAYERS_MAX = 1024 }; /* more calls than that are no layers: they share the last place */

typedef struct { /* of a function */
    uint32_t roles;
    int32_t host;        /* its code is inlined in this function; -1: it is a function of its own */
    int32_t layer;       /* inlined: its place in ... */
    uint64_t inference;  /* ... this inference */
} Trait;

typedef struct { int32_t function, parent, first_child, next_sibling, layer; int is_tail; uint64_t calls; int64_t self_cycles; } Node;

enum { /* Frame.marks */
    MARK_WATCH = 1, MARK_INFERENCE = 2, MARK_DISPATCHES = 4, MARK_LAYER = 8, MARK_INLINED = 16, MARK_COUNTED = 32
};
typedef struct { int32_t node; uint32_t return_addr; uint16_t is_tail, marks; } Frame;

typedef struct { /* one flow of calls: a thread's, or one exception's handler */
    int32_t root;
    Frame *frames;
    uint32_t depth, capacity;
    uint32_t inferences_open, layers_open, layers_count; /* layers_count: of the inference that runs */
    uint64_t inference;
    int32_t inference_span, layer_span; /* in the timeline; -1: none */
    Block *flow;         /* last block that ran in it: tells how the next one was reached */
} Flow;

typedef struct { int64_t begin, end, sleep; } Call;

enum { SPAN_INFERENCE, SPAN_LAYER }; /* Span.kind; the same numbers are in machine/timeline.py */
enum { SPANS_MAX = 20000 };
typedef struct { int64_t begin, end; int32_t kind, function, layer, flow; } Span; /* end -1: it goes on */

typedef struct { /* what happened when, the first of it */
    Span *spans;         /* by begin, an enclosing one before what it encloses */
    uint32_t count, capacity;
    uint64_t lost;       /* after the last of them */
    uint32_t changes;    /* begins and ends at the last block's arrival */
    int64_t changed_at;  /* when that was */
} Timeline;

typedef struct { /* outermost executions of one function or one marked stretch */
    int is_open;
    int64_t begin, sleep_begin, sum, min, max;
    uint64_t count;
    Call *calls;
    uint32_t calls_count, calls_capacity;
} Watch;

typedef struct { uint32_t line, valid; uint64_t used; } Slot; /* valid: bit per granule; used: when, 0: empty */

typedef struct {
    int is_on;
    uint32_t granule_shift, unit_bits, lines, ways, set_mask;
    uint32_t last_unit;  /* looked up last: there, and the most recently used */
    Slot *slots;
    uint16_t *slot_of;   /* fully associative: line of flash -> slot + 1 */
    uint32_t base_line, map_mask;
    uint64_t clock;
} LineCache;

enum { RANGES_MAX = 24 };
enum { PORT_RATIO, PORT_PREFETCH, PORT_L1, PORT_WALK }; /* FlashPort.kind; the same numbers are in machine/flash_control.py */

/* Addresses here are canonical (aliases show the same lines) and counted in units: granules, or lines of an L1 cache. */
typedef struct {
    int is_on, kind, is_unified;
    uint32_t granule_shift, fetch_shift;
    int is_fetch_cached;
    uint32_t fetch_unit, data_unit;          /* the ones in the buffers */
    uint32_t next_unit, last_unit;           /* what the current block has still to fetch */
    LineCache instruction, data;
    int64_t fetch_miss_q8, fetch_fraction_q8; /* PORT_RATIO: cost of one missed fetch, in 1/256 cycle */
    int64_t miss_cycles;                     /* of any other miss in flash */
    int64_t bus_divider, nominal_divider;    /* PORT_L1: core cycles in a bus cycle, now and where Range.fill_cycles was counted */
    int64_t line_rest_cycles;                /* PORT_L1: from the word a load waits for to the end of its line */
    int64_t free_at[RANGES_MAX + 1];             /* PORT_L1: when a memory is done with the last line it gave to a load; 0: flash */
    int is_prefetch_on, follows_hits;
    uint32_t ahead_unit;                     /* being read or in the prefetch buffer */
    int64_t ahead_ready, ahead_cycles, ahead_hit_cycles;
    int is_redirected;                       /* the current block was reached by a taken branch */
    int64_t ask_again_at, array_free_at;     /* split PORT_PREFETCH: the core's next request; flash's next read */
    int64_t now;                             /* the port's own clock */
    uint64_t fetch_misses, data_misses, fetches, data_reads;
} FlashPort;

typedef struct { uint32_t end_addr; uint8_t counter; } BranchCounter;

typedef struct {
    int64_t mispredict_cycles; /* 0: the core has no predictor */
    BranchCounter *entries;    /* hashed by the address after the branch */
    uint32_t count, capacity;
    uint64_t branches, wrong;
    uint32_t undo_end_addr;
    uint8_t undo_counter;
    int32_t undo_node;
    int64_t undo_cycles;
} Predictor;

typedef struct { uint32_t start, end; } Window;

typedef struct { uint32_t start, end, range; } Move; /* data that is read as if it were in that range of memory */

typedef struct { uint32_t offset_halfwords; int is_before, reason; int64_t cycles; } Charge; /* a run-time cost and where in the block it fell: before or in the instruction */

enum { TOUCH_SHIFT = 2, CHARGES_MAX = 64 };
enum { TOUCHED_IN_REGION, TOUCHED_IN_INFERENCE, TOUCHED_SINCE_START, TOUCH_MAPS_COUNT };

enum { RAM_SAMPLES_MAX = 2000, RAM_FIRST_STEP_CYCLES = 1024 };
enum { HEAP_LARGE_BYTES = 1 << 20, HEAP_LARGE_STEPS = 16 }; /* a large memory is searched for what was written only so often */

typedef struct { /* the most that was in use within one step of time */
    uint32_t stack_bytes, heap_bytes;
    uint32_t stacks_count, *each; /* of each stack when all together were deepest */
} RamSample;

typedef struct { /* RAM over time, in equally long steps: when there are too many, two become one twice as long */
    RamSample *samples;     /* the last one is of the step that runs */
    uint32_t last;
    int64_t step_cycles;
    uint32_t *depth;        /* of each stack, as last seen */
    uint32_t others, heap;  /* now: depth of all stacks but the current one; size of the heap */
    const uint8_t *heap_memory; /* of a heap that is seen only by what is written; NULL: somebody tells its size */
    uint32_t heap_start, heap_limit;
    uint8_t *is_uncounted;  /* by stack: it lies in memory that is free afterwards */
} RamHistory;

typedef struct Core Core;
typedef int (*FillFunction)(Core *, Block *previous, uint32_t addr, uint32_t size_bytes);
typedef int (*StopFunction)(void *);
typedef int (*ReadBatchFunction)(void *, const int *, void **, int);

struct Core {
    void *emulator;
    StopFunction emu_stop;
    ReadBatchFunction read_registers;
    FillFunction fill;
    void *python;

    int64_t now, deadline, sample_at, sleep_cycles, carry_cycles; /* sample_at: when the next step of RAM over time begins */
    int stop_request, stop_reason, irq_waiting, fp_trap, was_asked, has_event;
    uint32_t stop_addr;

    Block *previous, *counted_previous, entry_block, start_block;
    Edge *last_edge;
    int32_t last_node, tail_node; /* tail_node: who got the last edge's tail */
    Block *arrived_from; /* set when the last block was reached by a call: the block that called */
    Charge charges[CHARGES_MAX]; /* of the last block */
    uint32_t charges_count, charge_offset;
    Block **buckets, **blocks;
    uint32_t bucket_mask, blocks_count, blocks_capacity;

    Node *nodes;
    uint32_t nodes_count, nodes_capacity;
    Flow *flows;
    uint32_t flows_count, flow;
    Trait *traits;       /* by function; functions beyond the last have none */
    uint32_t traits_count, inlined_count;
    uint64_t inferences_count;
    int32_t watched_function;
    Watch watch, pair;
    uint32_t calls_kept_max;
    Timeline timeline;
    RamHistory ram;
    int64_t calls_enough; /* from this many calls on, each end of one asks Python whether to go on; 0: never */

    uint32_t *stack_low, *stack_top;
    uint32_t stacks_count, stack;
    int sp_id;

    FlashPort flash;
    Walk walk;
    Predictor predictor;
    Range ranges[RANGES_MAX];
    const Range *recent_range;
    uint32_t ranges_count;
    Window *uncacheable;  /* what the MPU keeps out of the core's own caches */
    uint32_t uncacheable_count;
    Move *moves;          /* by address, apart from each other */
    uint32_t moves_count;
    uint32_t ignored_mask; /* reasons that add nothing: what they cost is what is then missing */
    int64_t unaligned_word[2], unaligned_half; /* word at 2 mod 4, word at odd, halfword at odd */
    int is_unaligned_store_free;
    int64_t divide_zero, divide_small, divide_base, divide_shift, divide_charged;
    int64_t reason_cycles[REASON_COUNT];
    uint64_t unresolved, *touched[TOUCH_MAPS_COUNT]; /* a bit per word */
    uint32_t touch_start, touch_end;
    int is_touching, has_started;
};

/* Running out of memory here leaves nothing to go on with: says so and aborts. */
void *grown(void *memory, size_t count, size_t size);

/* engine.c */
void core_init(Core *core);
void core_free(Core *core);
void core_on_block(void *emulator, uint64_t addr, uint32_t size_bytes, void *user);
Block *core_find_block(Core *core, uint32_t addr, uint32_t size_bytes);
Block *core_add_block(Core *core, uint32_t addr, uint32_t size_bytes);
Edge *core_add_edge(Core *core, Block *previous, Block *block);
int core_truncate(Core *core, uint32_t end_addr);
int64_t core_now_at(const Core *core, uint32_t pc_addr);
void core_spin(Core *core, int64_t cycles);
void core_charge(Core *core, int64_t cycles, int reason, int to_next);
void core_sleep(Core *core, int64_t cycles);
uint32_t core_sp(Core *core);

int64_t *core_charge_row(Block *block, int reason);

/* A run-time cost of the instruction at `offset_halfwords` of `block`. */
static inline void core_add_at(Core *core, Block *block, int reason, int64_t cycles, uint32_t offset_halfwords, int is_before) {
    if (core->ignored_mask >> reason & 1) return;
    if (core->charges_count < CHARGES_MAX) core->charges[core->charges_count++] = (Charge){offset_halfwords, is_before, reason, cycles};
    int64_t *row = block->charges[reason] ? block->charges[reason] : core_charge_row(block, reason);
    row[offset_halfwords] += cycles;
    block->dynamic_cycles[reason] += cycles;
    core->reason_cycles[reason] += cycles;
    core->now += cycles;
    core->nodes[core->last_node].self_cycles += cycles;
}

static inline void core_add(Core *core, Block *block, int reason, int64_t cycles) {
    core_add_at(core, block, reason, cycles, core->charge_offset, 0);
}

/* calls.c */
void calls_arrive(Core *core, Block *block);
void calls_unarrive(Core *core);
uint32_t calls_add_flow(Core *core);
void calls_reset_flow(Core *core, uint32_t flow);
void calls_set_trait(Core *core, uint32_t function, uint32_t roles, int32_t host);
void watch_open(Core *core, Watch *watch);
void watch_close(Core *core, Watch *watch);

/* timeline.c */
void timeline_open(Core *core, uint32_t marks, int32_t function, int32_t layer);
void timeline_close(Core *core, uint32_t marks);
void timeline_take_back(Core *core, uint32_t marks);
void timeline_shift(Core *core, int64_t cycles);
void ram_init(Core *core);
void ram_deeper(Core *core, uint32_t depth);
void ram_step(Core *core);
void ram_add_stack(Core *core, int is_counted);
void ram_use_stack(Core *core);
void ram_left_at(Core *core, uint32_t stack, uint32_t sp);
void ram_set_heap(Core *core, uint32_t size_bytes);
void ram_watch_heap(Core *core, uint32_t start, uint32_t end);
void timeline_free(Core *core);

/* caches.c */
int cache_configure(LineCache *cache, uint32_t lines, uint32_t ways, uint32_t line_shift, uint32_t granule_shift,
                    uint32_t base_addr, uint32_t size_bytes);
void cache_flush(LineCache *cache);
void cache_free(LineCache *cache);
int cache_holds(const LineCache *cache, uint32_t unit); /* without using it */
int cache_insert(LineCache *cache, uint32_t unit); /* its line is not there */
int cache_search(LineCache *cache, uint32_t unit); /* cache_has() where lines are found by their tags */

static inline uint32_t cache_granule(const LineCache *cache, uint32_t unit) {
    return 1u << (unit & ((1u << cache->unit_bits) - 1));
}

static inline int cache_use(LineCache *cache, Slot *slot, uint32_t unit) {
    uint32_t granule = cache_granule(cache, unit), was_valid = slot->valid & granule;
    cache->last_unit = unit;
    slot->used = ++cache->clock;
    slot->valid |= granule;
    return was_valid != 0;
}

/* 1 when `unit` was there; else it is there now, in the place of the least recently used line of its set. */
static inline int cache_has(LineCache *cache, uint32_t unit) {
    if (unit == cache->last_unit) return 1;
    if (!cache->slot_of) return cache_search(cache, unit);
    uint32_t number = cache->slot_of[((unit >> cache->unit_bits) - cache->base_line) & cache->map_mask];
    return number ? cache_use(cache, &cache->slots[number - 1], unit) : cache_insert(cache, unit);
}

/* flash.c */
void flash_enter(Core *core, Block *block, int is_taken);
void flash_leave(Core *core, Block *block);
void flash_access(Core *core, Block *block, const Range *range, uint32_t addr, uint32_t size_bytes, int is_load);
int is_uncacheable(const Core *core, uint32_t addr);

/* walk.c */
void walk_count(Core *core, Block *block);
void walk_access(Core *core, Block *block, const Range *range, uint32_t addr, uint32_t words, int is_load);

/* predictor.c */
void predictor_resolve(Core *core, Block *from, const Block *to);
void predictor_unresolve(Core *core, Block *from);

/* values.c */
void values_run(Core *core, Block *block);
int values_accesses(Core *core, const Program *program, uint32_t *addrs, int max);
const Range *core_range(const Core *core, uint32_t addr);
#endif
