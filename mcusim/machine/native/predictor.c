/* Predicts conditional branches: a two-bit counter per branch in a table without limit, weakly not taken at first. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

enum { WEAKLY_NOT_TAKEN = 1, WEAKLY_TAKEN = 2, STRONGLY_TAKEN = 3 };

static uint32_t place_of(const Predictor *predictor, uint32_t end_addr) {
    uint32_t place = (end_addr >> 1) * 2654435761u & (predictor->capacity - 1);
    while (predictor->entries[place].end_addr && predictor->entries[place].end_addr != end_addr) place = (place + 1) & (predictor->capacity - 1);
    return place;
}

static void grow(Predictor *predictor) {
    Predictor old = *predictor;
    predictor->capacity = old.capacity ? old.capacity * 2 : 1024;
    predictor->entries = grown(NULL, predictor->capacity, sizeof *predictor->entries);
    memset(predictor->entries, 0, predictor->capacity * sizeof *predictor->entries);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.entries[i].end_addr) predictor->entries[place_of(predictor, old.entries[i].end_addr)] = old.entries[i];
    free(old.entries);
}

static uint8_t *counter_of(Predictor *predictor, uint32_t end_addr) {
    if (predictor->count * 2 >= predictor->capacity) grow(predictor);
    BranchCounter *entry = &predictor->entries[place_of(predictor, end_addr)];
    if (!entry->end_addr) {
        *entry = (BranchCounter){end_addr, WEAKLY_NOT_TAKEN};
        predictor->count++;
    }
    return &entry->counter;
}

/* Cycles of a wrong guess of the branch at the end of `from`, which ran last unless an exception came between. */
static int64_t wrong_cycles(const Core *core, const Block *from) {
    const Edge *edge = core->last_edge;
    return core->predictor.mispredict_cycles - (edge && edge->to == from ? edge->mispredict_saved_cycles : 0);
}

/* `from` ends with a conditional branch and `to` follows it. Blocks that end with the same branch share its counter. */
void predictor_resolve(Core *core, Block *from, const Block *to) {
    Predictor *predictor = &core->predictor;
    uint32_t end_addr = from->addr + from->size_bytes;
    uint8_t *counter = counter_of(predictor, end_addr);
    int is_taken = to->addr != end_addr, is_wrong = (*counter >= WEAKLY_TAKEN) != is_taken;
    predictor->undo_end_addr = end_addr;
    predictor->undo_counter = *counter;
    predictor->undo_cycles = is_wrong ? wrong_cycles(core, from) : 0;
    predictor->undo_node = core->last_node;
    predictor->branches++;
    if (is_taken && *counter < STRONGLY_TAKEN) ++*counter;
    if (!is_taken && *counter) --*counter;
    if (!is_wrong) return;
    predictor->wrong++;
    core_add_at(core, from, REASON_MISPREDICT, predictor->undo_cycles, (from->size_bytes - (from->flags & BLOCK_WIDE_END ? 4 : 2)) >> 1, 1);
}

/* The block after the branch did not run after all, and will be announced again. */
void predictor_unresolve(Core *core, Block *from) {
    Predictor *predictor = &core->predictor;
    if (!predictor->undo_end_addr || predictor->undo_end_addr != from->addr + from->size_bytes) return;
    *counter_of(predictor, predictor->undo_end_addr) = predictor->undo_counter;
    predictor->undo_end_addr = 0;
    predictor->branches--;
    if (!predictor->undo_cycles) return;
    predictor->wrong--;
    int32_t node = core->last_node;
    core->last_node = predictor->undo_node;
    core_add_at(core, from, REASON_MISPREDICT, -predictor->undo_cycles, (from->size_bytes - (from->flags & BLOCK_WIDE_END ? 4 : 2)) >> 1, 1);
    core->last_node = node;
}
