"""A slow, simple second opinion: runs a program one instruction at a time and adds up what each costs.

The emulator gives the registers before every instruction, so nothing here predicts a value: addresses, divider
operands and IT conditions are those of the moment. Block costs come from the same pipeline model as the simulator's,
over the same block edges; what is compared is everything that native code and value programs add or leave out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_HOOK_CODE, UC_MODE_THUMB, Uc, arm_const

from mcusim.isa.decode import decode_block
from mcusim.isa.instruction import Condition, Instruction, Kind, Register
from mcusim.timing import cost_model
from mcusim.timing.cost import BlockContext
from tests.machine.firmware import CODE_ADDR, FLASH_ADDR, RAM_ADDR, STACK_ADDR

_MEMORY_BYTES = 0x10000
_CONDITIONS = {
    Condition.EQ: lambda n, z, c, v: z,
    Condition.NE: lambda n, z, c, v: not z,
    Condition.CS: lambda n, z, c, v: c,
    Condition.CC: lambda n, z, c, v: not c,
    Condition.MI: lambda n, z, c, v: n,
    Condition.PL: lambda n, z, c, v: not n,
    Condition.VS: lambda n, z, c, v: v,
    Condition.VC: lambda n, z, c, v: not v,
    Condition.HI: lambda n, z, c, v: c and not z,
    Condition.LS: lambda n, z, c, v: not c or z,
    Condition.GE: lambda n, z, c, v: n == v,
    Condition.LT: lambda n, z, c, v: n != v,
    Condition.GT: lambda n, z, c, v: not z and n == v,
    Condition.LE: lambda n, z, c, v: z or n != v,
}


@dataclass(slots=True)
class Oracle:
    """Totals of one run of straight Thumb code that ends where `end_addr` is reached."""

    core: str
    cycles: int = 0
    instructions_count: int = 0
    _previous: tuple[Instruction, ...] = ()
    _by_addr: dict[int, Instruction] = field(default_factory=dict)
    _is_over: bool = False

    def run(self, code: bytes, end_addr: int) -> None:
        """Execute `code` at CODE_ADDR until `end_addr`, which is not executed."""
        model = {
            "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
            "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
            "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
        }
        uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
        uc.ctl_set_cpu_model(model[self.core])
        for start_addr in (FLASH_ADDR, RAM_ADDR):
            uc.mem_map(start_addr, _MEMORY_BYTES)
        uc.mem_write(CODE_ADDR, code)
        uc.reg_write(arm_const.UC_ARM_REG_SP, STACK_ADDR)
        uc.hook_add(UC_HOOK_BLOCK, self._on_block, end_addr)
        uc.hook_add(UC_HOOK_CODE, self._on_instruction)
        uc.emu_start(CODE_ADDR | 1, end_addr)

    def _on_block(self, uc: Any, addr: int, size: int, end_addr: int) -> None:
        if addr <= end_addr < addr + size:  # the emulator's blocks end at instructions, ours at jumps
            size = end_addr - addr
        self._is_over = size == 0
        if self._is_over:
            return
        block = decode_block(bytes(uc.mem_read(addr, size)), addr)
        self._by_addr.update({each.addr: each for each in block})
        self.cycles += cost_model(self.core).block_cost(self._previous, block, BlockContext()).total_cycles
        self.instructions_count += len(block)
        self._previous = block
        # Whether an IT block skips is decided by the flags when the instruction is reached: see _on_instruction.

    def _on_instruction(self, uc: Any, addr: int, _size: int, _user: object) -> None:
        instruction = self._by_addr.get(addr)
        if instruction is None or self._is_over:
            return
        if instruction.kind is Kind.IT:
            self._skipped(uc, instruction)
        model = cost_model(self.core)
        if instruction.kind is Kind.DIV:
            left, right = (self._register(uc, each) for each in instruction.operands[1:3])
            is_signed = instruction.mnemonic == "sdiv"
            self.cycles += model.divide_cycles(left, right, is_signed) - model.divide_base_cycles
        if instruction.kind in (Kind.LONG_MUL, Kind.LONG_MLA) and instruction.condition is Condition.AL:
            self._multiplied(uc, instruction)
        access = instruction.access
        if access is not None and access.words_count == 1 and access.size_bytes > 1:
            self.cycles += self._unaligned(self._address(uc, instruction) & 3, access.size_bytes)

    def _multiplied(self, uc: Any, instruction: Instruction) -> None:
        """What a long multiply saves whose factors both fit in a few bits, a signed one with its sign."""
        saved_cycles, bits = cost_model(self.core).small_operands_saved(instruction)
        limit = 1 << bits
        for operand in instruction.operands[2:4]:
            value = self._register(uc, operand)
            if instruction.mnemonic.startswith("s"):
                value, limit = value - (value >> 31 << 32), 1 << bits - 1
            if not (value < limit and value >= (-limit if value < 0 else 0)):
                return
        self.cycles -= saved_cycles

    def _skipped(self, uc: Any, it: Instruction) -> None:
        """What the instructions of this IT block save that will not be executed; none of them changes flags."""
        psr = uc.reg_read(arm_const.UC_ARM_REG_XPSR)
        flags = tuple(bool(psr >> bit & 1) for bit in (31, 30, 29, 28))
        following = self._by_addr.get(it.end_addr)
        while following is not None and following.condition is not Condition.AL:
            if not _CONDITIONS[following.condition](*flags):
                self.cycles -= cost_model(self.core).skipped_cycles_saved(following)
            following = self._by_addr.get(following.end_addr)

    def _unaligned(self, low_bits: int, size_bytes: int) -> int:
        model = cost_model(self.core)
        if size_bytes == 4:
            return (
                0,
                model.unaligned_word_cycles[1],
                model.unaligned_word_cycles[0],
                model.unaligned_word_cycles[1],
            )[low_bits]
        return model.unaligned_halfword_cycles if low_bits & 1 else 0

    def _address(self, uc: Any, instruction: Instruction) -> int:
        access = instruction.access
        assert access is not None
        addr = uc.reg_read(arm_const.UC_ARM_REG_R0 + access.base) if access.base < 13 else 0
        if access.index >= 0:
            addr += uc.reg_read(arm_const.UC_ARM_REG_R0 + access.index) << access.index_shift
        return addr + access.offset

    @staticmethod
    def _register(uc: Any, operand: object) -> int:
        assert isinstance(operand, Register)
        return int(uc.reg_read(arm_const.UC_ARM_REG_R0 + operand.number))
