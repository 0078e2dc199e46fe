/* The counting core: adds numbers that Python gave it, once per executed block. It knows no instruction's name, no
 * device and no joule. engine.c counts, calls.c keeps the calling-context tree, flash.c the line caches, values.c
 * computes data addresses and operands from registers; module.c is the Python face of all four. */
#ifndef MCUSIM_CORE_H
#define MCUSIM_CORE_H
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
};

enum { /* why the core stopped the emulator */
    STOP_NONE, STOP_DEADLINE, STOP_REQUEST, STOP_UNMASKED, STOP_FP, STOP_SELF_LOOP, STOP_STACK, STOP_ERROR
};

enum { REASON_COUNT = 24, /* as many as mcusim/timing/cost.py may grow to */
       REASON_FLASH_FETCH = 8, REASON_FLASH_DATA = 9, REASON_SLOW_MEMORY = 10,
       REASON_UNALIGNED = 11, REASON_DIVIDE = 12, REASON_EXCEPTION = 13, REASON_CONDITION = 14,
       REASON_MISPREDICT = 16, REASON_INSTRUCTION_CACHE = 17, REASON_DATA_CACHE = 18 };

typedef struct Block Block;

typedef struct Edge { /* one block in the context of the block before it */
    Block *to;
    struct Edge *next;
    uint64_t count;
    int64_t tail_cycles; /* belongs to the block before */
    int64_t body_cycles;
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

struct Block {
    uint32_t addr, size_bytes, flags;
    int32_t function;    /* -1: unknown, belongs to the frame it runs in */
    Edge *edges;         /* successors, most recent first */
    int32_t sp_delta_bytes; /* lowest SP within the block, relative to SP at entry */
    uint32_t instructions_count;
    uint32_t unresolved_count; /* data accesses whose address no program can compute */
    uint32_t index;
    Program *program;
    const uint8_t *live_code;
    uint8_t *seen_code;  /* copy of the bytes that were decoded, for blocks in RAM */
    int64_t dynamic_cycles[REASON_COUNT];
    Block *next_in_bucket;
    int is_stale;
};

typedef struct { int32_t function, parent, first_child, next_sibling; int is_tail; uint64_t calls; int64_t self_cycles; } Node;

typedef struct { int32_t node; uint32_t return_addr; int is_tail; int is_watch; } Frame;

typedef struct { /* one flow of calls: a thread's, or one exception's handler */
    int32_t root;
    Frame *frames;
    uint32_t depth, capacity;
    Block *flow;         /* last block that ran in it: tells how the next one was reached */
} Flow;

typedef struct { int64_t begin, end, sleep; } Call;

typedef struct { /* outermost executions of one function or one marked stretch */
    int is_open;
    int64_t begin, sleep_begin, sum, min, max;
    uint64_t count;
    Call *calls;
    uint32_t calls_count, calls_capacity;
} Watch;

typedef struct {
    int is_on;
    uint32_t line_shift, granule_shift, lines, ways, sets;
    uint32_t base_addr, span_shift, lines_mapped;
    uint16_t *slot_of;   /* line of flash -> slot + 1 */
    uint32_t *line_in;   /* slot -> line of flash */
    uint64_t *stamp;
    uint32_t *valid;     /* bit per granule */
    uint64_t clock;
} LineCache;

typedef struct {
    int is_on, is_unified;
    uint32_t granule_shift;
    uint32_t fetch_granule, data_granule; /* the ones in the buffers */
    LineCache instruction, data;
    int64_t fetch_miss_q8, data_miss_cycles; /* cost of one missed granule; q8: in 1/256 cycle */
    int64_t fetch_fraction_q8;
    uint64_t fetch_misses, data_misses, fetches, data_reads;
} FlashPort;

typedef struct { uint32_t offset_halfwords; int64_t cycles; } Charge; /* a run-time cost and where in the block it fell */

typedef struct { uint32_t start, end; uint8_t *host; int is_flash; int64_t read_wait, write_wait; } Range;

enum { RANGES_MAX = 24, TOUCH_SHIFT = 2, CHARGES_MAX = 64 };

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

    int64_t now, deadline, sleep_cycles, carry_cycles;
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
    int32_t watched_function;
    Watch watch, pair;
    uint32_t calls_kept_max;
    int64_t calls_enough; /* from this many calls on, each end of one asks Python whether to go on; 0: never */

    uint32_t *stack_low, *stack_top;
    uint32_t stacks_count, stack;
    int sp_id;

    FlashPort flash;
    Range ranges[RANGES_MAX];
    uint32_t ranges_count;
    int64_t unaligned_word[2], unaligned_half; /* word at 2 mod 4, word at odd, halfword at odd */
    int64_t divide_zero, divide_small, divide_base, divide_shift, divide_charged;
    int64_t reason_cycles[REASON_COUNT];
    uint64_t unresolved, *touched;
    uint32_t touch_start, touch_end;
    int is_touching;
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

static inline void core_add(Core *core, Block *block, int reason, int64_t cycles) {
    if (core->charges_count < CHARGES_MAX) core->charges[core->charges_count++] = (Charge){core->charge_offset, cycles};
    block->dynamic_cycles[reason] += cycles;
    core->reason_cycles[reason] += cycles;
    core->now += cycles;
    core->nodes[core->last_node].self_cycles += cycles;
}

/* calls.c */
void calls_arrive(Core *core, Block *block);
void calls_unarrive(Core *core);
uint32_t calls_add_flow(Core *core);
void calls_reset_flow(Core *core, uint32_t flow);
int32_t calls_node(Core *core, int32_t parent, int32_t function, int is_tail);
void watch_open(Core *core, Watch *watch);
void watch_close(Core *core, Watch *watch);

/* flash.c */
int cache_configure(LineCache *cache, uint32_t lines, uint32_t ways, uint32_t line_shift, uint32_t granule_shift,
                    uint32_t base_addr, uint32_t size_bytes);
void cache_flush(LineCache *cache);
void cache_free(LineCache *cache);
int64_t flash_fetch(FlashPort *port, uint32_t addr, uint32_t size_bytes);
int64_t flash_read(FlashPort *port, uint32_t addr, uint32_t size_bytes);

/* values.c */
void values_run(Core *core, Block *block);
int values_accesses(Core *core, const Program *program, uint32_t *addrs, int max);
const Range *core_range(const Core *core, uint32_t addr);
#endif
