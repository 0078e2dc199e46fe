/* Runs value programs: data addresses, divider operands and IT conditions of a block, from the registers at its entry.
 * Unicorn's memory hooks would be simpler and corrupt IT blocks (docs/concepts/emulation.md). */
#include "core.h"

#include <string.h>

enum { FLAG_V = 1, FLAG_C = 2, FLAG_Z = 4, FLAG_N = 8 };

const Range *core_range(const Core *core, uint32_t addr) {
    for (uint32_t i = 0; i < core->ranges_count; i++)
        if (addr - core->ranges[i].start < core->ranges[i].end - core->ranges[i].start) return &core->ranges[i];
    return NULL;
}

static uint32_t load(const Core *core, uint32_t addr, uint32_t how) {
    uint32_t size = how & 7, value = 0;
    const Range *range = core_range(core, addr);
    if (!range || !range->host || addr + size > range->end) return 0; /* never read a device: that has side effects */
    memcpy(&value, range->host + (addr - range->start), size);
    if (how & ACCESS_SIGNED) return size == 1 ? (uint32_t)(int8_t)value : size == 2 ? (uint32_t)(int16_t)value : value;
    return value;
}

static uint32_t shifted(uint8_t code, uint32_t value, uint32_t amount) {
    amount &= 255;
    if (code == STEP_LSL) return amount > 31 ? 0 : value << amount;
    if (code == STEP_LSR) return amount > 31 ? 0 : value >> amount;
    if (code == STEP_ASR) return (uint32_t)((int32_t)value >> (amount > 31 ? 31 : amount));
    amount &= 31;
    return amount ? value >> amount | value << (32 - amount) : value;
}

static uint32_t sign_flags(uint32_t result) { return (result >> 31 ? FLAG_N : 0) | (result ? 0 : FLAG_Z); }

static uint32_t subtract_flags(uint32_t left, uint32_t right) {
    uint32_t result = left - right;
    return sign_flags(result) | (left >= right ? FLAG_C : 0) | ((left ^ right) & (left ^ result)) >> 31;
}

static uint32_t add_flags(uint32_t left, uint32_t right) {
    uint32_t result = left + right;
    return sign_flags(result) | (result < left ? FLAG_C : 0) | (~(left ^ right) & (left ^ result)) >> 31;
}

static uint32_t holds(uint32_t condition, uint32_t flags) {
    uint32_t n = flags >> 3 & 1, z = flags >> 2 & 1, c = flags >> 1 & 1, v = flags & 1;
    const uint32_t tests[7] = {z, c, n, v, c & !z, n == v, (n == v) & !z};
    return condition > 13 ? 1 : tests[condition >> 1] ^ (condition & 1);
}

static uint32_t quotient(uint32_t left, uint32_t right, uint32_t is_signed) {
    if (!right) return 0;
    if (!is_signed) return left / right;
    return left == 0x80000000u && right == UINT32_MAX ? left : (uint32_t)((int32_t)left / (int32_t)right);
}

static void touch(Core *core, uint32_t addr, uint32_t size) {
    if (addr < core->touch_start || addr + size > core->touch_end) return;
    int is_in_region = core->watch.is_open || core->pair.is_open, is_in_inference = core->flows[core->flow].inferences_open != 0;
    for (uint32_t word = (addr - core->touch_start) >> TOUCH_SHIFT; word <= (addr + size - 1 - core->touch_start) >> TOUCH_SHIFT; word++)
    {
        uint64_t bit = 1ull << (word & 63);
        if (is_in_region) core->touched[TOUCHED_IN_REGION][word >> 6] |= bit;
        if (is_in_inference) core->touched[TOUCHED_IN_INFERENCE][word >> 6] |= bit;
        if (core->has_started) core->touched[TOUCHED_SINCE_START][word >> 6] |= bit;
    }
}

static const Range *recent_range(Core *core, uint32_t addr) {
    const Range *recent = core->recent_range;
    if (recent && addr - recent->start < recent->end - recent->start) return recent;
    const Range *range = core_range(core, addr);
    if (range) core->recent_range = range;
    return range;
}

/* The memory whose speed an access to `addr`, which is in `range`, has. */
static const Range *serving(const Core *core, const Range *range, uint32_t addr) {
    uint32_t low = 0, high = core->moves_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const Move *move = &core->moves[middle];
        if (addr < move->start) high = middle;
        else if (addr >= move->end) low = middle + 1;
        else return &core->ranges[move->range];
    }
    return range;
}

static void access(Core *core, Block *block, uint32_t addr, uint32_t how) {
    uint32_t size = how & 7, words = how >> 16, is_load = how & ACCESS_LOAD;
    if (words == 1 && addr & (size - 1) && (is_load || !core->is_unaligned_store_free)) {
        int64_t cycles = size == 4 ? core->unaligned_word[addr & 1] : core->unaligned_half;
        if (cycles) core_add(core, block, REASON_UNALIGNED, cycles);
    }
    if (core->is_touching) touch(core, addr, size * words);
    const Range *range = recent_range(core, addr);
    if (core->moves_count) range = serving(core, range, addr);
    if (core->flash.kind == PORT_WALK && core->flash.is_on) walk_access(core, block, range, addr, words, is_load != 0);
    if (!range) return;
    if (core->flash.is_on) flash_access(core, block, range, addr, size * words, is_load != 0);
    int64_t wait = is_load ? range->read_wait : range->write_wait;
    if (wait) core_add(core, block, REASON_SLOW_MEMORY, wait * words);
}

static uint32_t significant_bits(uint32_t value, uint32_t is_signed) {
    if (is_signed && value >> 31) value = 0u - value;
    return value ? 32 - (uint32_t)__builtin_clz(value) : 0;
}

static void divide(Core *core, Block *block, uint32_t left, uint32_t right, uint32_t is_signed) {
    uint32_t dividend = significant_bits(left, is_signed), divisor = significant_bits(right, is_signed);
    int64_t cycles = !dividend || !divisor ? core->divide_zero
                     : dividend < divisor  ? core->divide_small
                                           : core->divide_base + (int64_t)((dividend - divisor) >> core->divide_shift);
    core_add(core, block, REASON_DIVIDE, cycles - core->divide_charged);
}

static void act(Core *core, Block *block, const Step *step, const uint32_t *v) {
    uint32_t predicate = step->target;
    int is_skipped = predicate != STEP_ALWAYS && !v[predicate];
    core->charge_offset = step->code == STEP_DIVIDE ? step->constant >> 8 : step->right;
    if (step->code == STEP_SKIP) {
        if (is_skipped) core_add(core, block, REASON_CONDITION, -(int64_t)(int32_t)step->constant);
    } else if (!is_skipped) {
        if (step->code == STEP_ACCESS) access(core, block, v[step->left], step->constant);
        else divide(core, block, v[step->left], v[step->right], step->constant & 1);
    }
}

static inline __attribute__((always_inline)) uint32_t compute(const Core *core, const Step *step, const uint32_t *v) {
    uint32_t left = v[step->left], right = v[step->right];
    switch (step->code) {
    case STEP_CONST: return step->constant;
    case STEP_ADD: return left + right;
    case STEP_SUB: return left - right;
    case STEP_AND: return left & right;
    case STEP_ORR: return left | right;
    case STEP_EOR: return left ^ right;
    case STEP_BIC: return left & ~right;
    case STEP_MVN: return ~left;
    case STEP_LSL: case STEP_LSR: case STEP_ASR: case STEP_ROR: return shifted(step->code, left, right);
    case STEP_MUL: return left * right;
    case STEP_EXTRACT: return left << (step->constant >> 8) >> (step->constant & 255);
    case STEP_EXTRACT_SIGNED: return (uint32_t)((int32_t)(left << (step->constant >> 8)) >> (step->constant & 255));
    case STEP_LOAD: return load(core, left, step->constant);
    case STEP_FLAGS_SUB: return subtract_flags(left, right);
    case STEP_FLAGS_ADD: return add_flags(left, right);
    case STEP_FLAGS_LOGIC: return sign_flags(left);
    case STEP_FLAGS_PSR: return left >> 28;
    case STEP_CONDITION: return holds(step->constant, left);
    case STEP_SELECT: return v[step->constant] ? left : right;
    case STEP_ADD_CONST: return left + step->constant;
    case STEP_DIV: return quotient(left, right, step->constant);
    default: return 0;
    }
}

static void entry_registers(Core *core, const Program *program, uint32_t *v) {
    void *values[17];
    for (int i = 0; i < program->registers_count; i++) values[i] = &v[i];
    core->read_registers(core->emulator, program->register_ids, values, program->registers_count);
}

void values_run(Core *core, Block *block) {
    const Program *program = block->program;
    uint32_t v[256];
    if (program->registers_count) entry_registers(core, program, v);
    for (const Step *step = program->steps, *end = step + program->steps_count; step < end; step++)
        if (step->code >= STEP_ACCESS && step->code <= STEP_SKIP) act(core, block, step, v);
        else v[step->target] = compute(core, step, v);
}

/* The addresses a program would access now, without counting anything. */
int values_accesses(Core *core, const Program *program, uint32_t *addrs, int max) {
    uint32_t v[256];
    int count = 0;
    if (program->registers_count) entry_registers(core, program, v);
    for (const Step *step = program->steps, *end = step + program->steps_count; step < end; step++)
        if (step->code == STEP_ACCESS && count < max) addrs[count++] = v[step->left];
        else if (step->code < STEP_ACCESS || step->code >= STEP_DIV) v[step->target] = compute(core, step, v);
    return count;
}
