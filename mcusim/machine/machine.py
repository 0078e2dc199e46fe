"""A board that runs: steps from event to event until the firmware ends, and keeps what the recording needs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.isa.instruction import Branch
from mcusim.machine.bus import Bus
from mcusim.machine.clock import Deadlines
from mcusim.machine.coprocessors import coprocessors_of, execute
from mcusim.machine.counting import BlockFiller, StopReason
from mcusim.machine.cpu import Cpu, Ending, Outcome
from mcusim.machine.exceptions import EntryResult, ExceptionModel, Lockup, ReturnResult
from mcusim.machine.faulting import FaultHandler
from mcusim.machine.flash_control import FlashControl
from mcusim.machine.functions import FunctionTable
from mcusim.machine.host import MachineHost
from mcusim.machine.layering import give_roles
from mcusim.machine.locate import AccessLocator
from mcusim.machine.memory import Memory
from mcusim.machine.options import RegionKind
from mcusim.machine.phases import Phases
from mcusim.machine.places import Places
from mcusim.machine.polls import PollBreaker
from mcusim.machine.registers import BusError, Reg
from mcusim.machine.roms.ends import end_in_rom, rom_addrs
from mcusim.machine.semihosting import Exit, Semihosting
from mcusim.machine.signals.connections import Connections
from mcusim.machine.signals.pins import PinRecorder
from mcusim.machine.system.ppb import (
    PPB_BASE_ADDR,
    PPB_SIZE_BYTES,
    PrivatePeripheralBus,
    ProfilingSources,
)
from mcusim.machine.system.variant import variant_of
from mcusim.machine.tasks.flow import Surroundings
from mcusim.machine.tasks.flows import Flows
from mcusim.machine.tasks.rtos import ThreadReader
from mcusim.machine.waiting import Waiting
from mcusim.machine.wiring import attach_devices, map_devices, move_data, new_core, wanted_terms
from mcusim.recording.recording import Stop
from mcusim.timing import cost_model
from mcusim.timing.cost import Reason
from mcusim.timing.ignoring import run_time_mask, without_reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.board.schema import Board
    from mcusim.firmware.image import Image
    from mcusim.firmware.symbols import SymbolTable
    from mcusim.isa.instruction import Instruction
    from mcusim.machine.options import MachineOptions
    from mcusim.machine.values import Wanted
    from mcusim.timing.cost import CostModel

_SLICE_CYCLES = 40_000_000  # back to Python this often, for progress and Ctrl-C
_RESETS_MAX = 8
_STUCK_MAX = 1000
_SEMIHOSTING_BKPT = 0xBEAB
_RESET_XPSR = 1 << 24


class Machine:
    """One board with one firmware."""

    def __init__(self, board: Board, image: Image, symbols: SymbolTable, options: MachineOptions) -> None:
        chip = board.chip
        self.board, self.image, self.options = board, image, options
        self.cpu = Cpu(chip.core)
        self.memory = Memory(chip, self.cpu)
        self.memory.load(image, board.name)
        self.model: CostModel = without_reasons(cost_model(chip.core), options.ignored_reasons)
        self.functions = FunctionTable(symbols)
        self._resets_count = self._stuck_count = 0
        self._max_s = None if options.max_seconds is None else Fraction(str(options.max_seconds))
        self._place = (-1, -1)
        self._stop: Stop | None = None
        self._pc_addr = 0
        self._stopped_at: Instruction | None = None
        self._make_core()
        self._make_system()
        self.semihosting = Semihosting(self.host, now_s=self._told_now_s)
        self.faults = FaultHandler(self)
        self.waiting = Waiting(self)
        self._watch_region()
        self.places = Places(self)
        self._hook_blocks()
        self.flows = Flows(self.core, image.initial_sp_addr, self._surroundings())

    # --- set-up ---

    def _make_core(self) -> None:
        """The native core, what it counts with, and time."""
        chip = self.board.chip
        wanted = self._wanted_terms()
        self.filler = BlockFiller(self.memory, self.functions, self.model, wanted)
        self.core = new_core(self.cpu, self.memory, chip, self.model, self.filler)
        move_data(self.core, self.filler, self.options.moved_data)
        clock_hz = self.options.clock_hz or chip.reset_clock_hz
        self.core.ignore(run_time_mask(self.options.ignored_reasons))
        overrides = self.options.flash_overrides
        self.flash = FlashControl(chip.flash_interface, chip.regions, self.core, clock_hz, overrides)
        self.filler.fetch_regions = self.flash.fetch_regions
        self.filler.fetch_port = lambda: self.flash.fetch_port
        self.phases = Phases(self.core, clock_hz, self.flash.state)

    def _make_system(self) -> None:
        """Exceptions, the bus and every device on it."""
        chip = self.board.chip
        self.deadlines = Deadlines()
        self.host = MachineHost(self.core, self.deadlines, self.memory)
        self.variant = variant_of(chip)
        self.exceptions = ExceptionModel(self.cpu, self.variant, self.model)
        self.locator = AccessLocator(self.cpu, self.core, self.filler)
        end_at = self._end_at_poll if self.options.is_strict else None
        self.polls = PollBreaker(self.locator.instructions, end_at)
        self.bus = Bus(self.polls, self._after_access, has_bit_band=chip.has_bit_band)
        self._connect_host()
        self.connections = Connections(self.options, self.host, self.memory)
        self.ppb = PrivatePeripheralBus(self.exceptions, self.host, self._profiling_sources())
        self.bus.read_memory, self.bus.write_memory = self.memory.read, self.memory.write
        self.bus.attach("PPB", PPB_BASE_ADDR, PPB_SIZE_BYTES, self.ppb)
        attach_devices(chip, self.bus, self.host)
        self.coprocessors = coprocessors_of(chip, self.host)
        self.connections.check(self.bus)
        map_devices(chip, self.cpu, self._read_device, self._write_device)

    def _surroundings(self) -> Surroundings:
        rtos = self.options.rtos
        return Surroundings(
            symbols=self.functions.symbols,
            read_sp=lambda: self.cpu.read(Reg.SP),
            read_msp=lambda: self.cpu.read(Reg.MSP),
            word_at=self.word_at,
            threads=ThreadReader(rtos, self.memory.read) if rtos is not None else None,
            boot_rom=rom_addrs(self.board.chip),
        )

    def _watch_region(self) -> None:
        options = self.options
        give_roles(self.core, self.functions, options)
        if options.touched_range is not None or options.touches_ram:
            self.core.touch(*(options.touched_range or self.reads_ram()), True)
        if options.region.kind in (RegionKind.FUNCTION, RegionKind.MAIN):
            self.core.watch_function(self.functions.entry_at(options.region.begin_addr))
        self.core.calls_enough = options.enough_calls_count

    def _wanted_terms(self) -> Wanted:
        touches = self.options.touches_ram or self.options.touched_range is not None
        return wanted_terms(self.board.chip, self.model, every_access=touches)

    def _connect_host(self) -> None:
        host = self.host
        host.locator, host.exceptions, host.flash, host.phases = (
            self.locator,
            self.exceptions,
            self.flash,
            self.phases,
        )
        host.bus = self.bus
        host.pins = PinRecorder(lambda: (host.now_cycles, self.phases.seconds_at(host.now_cycles)))
        host.is_clock_fixed = self.options.clock_hz is not None
        host.clock_changed = self._clock_changed
        host.end = lambda why: self.end("unsupported", why, self._pc_addr)
        host.power_net.listen(self._clocks_stopped)

    def _clocks_stopped(self, is_stopped: bool) -> None:
        self.ppb.clocks_stopped(is_stopped)

    def _clock_changed(self) -> None:
        self.ppb.core_clock_changed()

    def _profiling_sources(self) -> ProfilingSources:
        return ProfilingSources(
            active_cycles=lambda: self.host.active_cycles,
            sleep_cycles=lambda: self.core.sleep_cycles,
        )

    def _read_device(self, addr: int, size_bytes: int) -> int:
        self.locator.begin(addr, is_write=False)
        value = self.bus.read(addr, size_bytes)
        self.locator.end()
        return value

    def _write_device(self, addr: int, size_bytes: int, value: int) -> None:
        self.locator.begin(addr, is_write=True)
        self.bus.write(addr, size_bytes, value)
        self.locator.end()

    def _end_at_poll(self, pc_addr: int) -> None:
        self.end("strict_poll", self.functions.symbols.named(pc_addr), pc_addr)
        self.core.stop_request = 1

    def _after_access(self) -> None:
        # Pending but masked: the native core stops after the next instruction that may unmask it.
        self.core.irq_waiting = int(self._is_any_pending())
        if not self.core.irq_waiting or self.exceptions.next_exception() is None:
            return
        self._stopped_at = self.locator.plain_store
        if self._stopped_at is not None:
            self.cpu.stop()
        else:
            self.core.stop_request = 1

    def _is_any_pending(self) -> bool:
        table = self.exceptions.table
        return bool(table.pending_mask & table.enabled_mask)

    def _hook_blocks(self) -> None:
        self.cpu.hook_blocks(*self.core.hook())
        self.cpu.last_block_end_addr = self._last_block_end_addr

    # --- running ---

    def run(self, progress: Callable[[Machine], None] | None = None) -> Stop:
        """Run from reset until the firmware ends or a limit is reached."""
        self.begin()
        try:
            self._run_until_stopped(progress)
        except KeyboardInterrupt:
            if not self.connections.is_live:
                raise
            self.end("interrupted", "the user ended the run", self._pc_addr)
        finally:
            self.semihosting.close()
            self.connections.close()
        return self.stop

    def _run_until_stopped(self, progress: Callable[[Machine], None] | None) -> None:
        while self._stop is None:
            self.advance()
            if progress is not None:
                progress(self)

    def begin(self) -> None:
        """Reset; then `advance` as often as it takes. `run` does both, and closes what the user has connected."""
        self._stop = None
        self._reset()

    def advance(self) -> None:
        """Run to the next event: a deadline, an exception, a sleep, a place that stops the core."""
        self._serve()
        if self._stop is not None:
            return
        self.core.stop_reason = StopReason.NONE
        outcome = self.cpu.run(self._pc_addr)
        self.core.raise_pending()
        self.handle(outcome)
        self._check_progress()

    def go_to(self, pc_addr: int) -> None:
        """Go on at another instruction, with whatever is in the registers; between two `advance` only."""
        self._pc_addr = pc_addr

    def _check_progress(self) -> None:
        """A firmware that makes the emulator stop again and again at one instruction must not hang the host."""
        place = (self.core.now, self._pc_addr)
        self._stuck_count = self._stuck_count + 1 if place == self._place else 0
        self._place = place
        if self._stuck_count > _STUCK_MAX:
            where = self.functions.symbols.named(self._pc_addr)
            self.end("unsupported", f"the simulation does not get past {where}", self._pc_addr)

    @property
    def stop(self) -> Stop:
        """Why the run ended; only after `run`."""
        assert self._stop is not None
        return self._stop

    @property
    def has_ended(self) -> bool:
        """Whether something ended the run."""
        return self._stop is not None

    @property
    def pc_addr(self) -> int:
        """Where the core is, exact between blocks."""
        return self._pc_addr

    @property
    def now_s(self) -> Fraction:
        """Simulated time since reset."""
        return self.phases.seconds_at(self.core.now)

    def _told_now_s(self) -> Fraction:
        """What the firmware is told when it asks the debugger for the time."""
        self.host.is_time_used = True
        return self.now_s

    def end(self, reason: str, detail: str, pc_addr: int, exit_status: int = 0) -> None:
        """The run ends for this reason (recording.Stop), unless it ended already."""
        if self._stop is None:
            self._stop = Stop(reason, detail, pc_addr, exit_status)

    def end_with(self, stop: Stop) -> None:
        """The run ends like this, unless it ended already."""
        self._stop = self._stop or stop

    def _reset(self) -> None:
        self.deadlines.clear()
        self.flash.reset()
        self.bus.reset()  # after the flash: a device's reset value of its registers is what is in force
        self.exceptions.reset(self.image.vector_table_addr)
        self.host.reset_reason = ""
        if self.coprocessors is not None:
            self.coprocessors.reset()
            self.exceptions.state.cpacr |= self.coprocessors.enabled_after_boot_mask
        for register in (Reg.PRIMASK, Reg.FAULTMASK, Reg.BASEPRI, Reg.CONTROL):
            self.cpu.write(register, 0)
        self.cpu.write(Reg.XPSR, _RESET_XPSR)
        self.cpu.write(Reg.LR, 0xFFFF_FFFF)
        self.cpu.write(Reg.MSP, self.image.initial_sp_addr)
        self.cpu.write(Reg.SP, self.image.initial_sp_addr)
        self._pc_addr = self.image.initial_pc_addr & ~1
        if self.options.inputs and self.options.input_addr < 0:
            self.places.write_inputs()

    def _serve(self) -> None:
        """Everything that happens between two blocks: resets, deadlines, limits, exceptions."""
        if self.host.reset_reason:
            self._restart()
        self.deadlines.run_due(self.core.now)
        self.connections.visit()
        self.check_limits()
        number = self.exceptions.next_exception()
        if number is not None and self._stop is None:
            self.take(self.exceptions.enter(number, self._pc_addr))
        self.core.irq_waiting = int(self._is_any_pending())
        self.core.fp_trap = int(not self.exceptions.is_fpu_enabled() or self.exceptions.lazy_save_needed())
        self.core.deadline = self._next_stop_cycles()

    def _next_stop_cycles(self) -> int:
        due = [self.core.now + _SLICE_CYCLES]
        if self.deadlines.next_cycles is not None:
            due.append(self.deadlines.next_cycles)
        if self.connections.next_cycles is not None:
            due.append(self.connections.next_cycles)
        limit = self.limit_cycles()
        if limit is not None:
            due.append(limit)
        return min(due)

    def limit_cycles(self) -> int | None:
        """The cycle count at which the run ends at the latest."""
        options = self.options
        limits = [] if options.max_cycles is None else [options.max_cycles]
        if self._max_s is not None:
            limits.append(self.phases.cycles_at(self._max_s))
        return min(limits, default=None)

    def check_limits(self) -> None:
        """End the run when it has used up its cycles or seconds."""
        options, now_cycles = self.options, self.core.now
        if options.max_cycles is not None and now_cycles >= options.max_cycles:
            self.end("max_cycles", f"{options.max_cycles} cycles were simulated", self._pc_addr)
        elif self._max_s is not None and now_cycles >= self.phases.cycles_at(self._max_s):
            self.end("max_seconds", f"{options.max_seconds:g} s were simulated", self._pc_addr)
        elif 0 < options.enough_calls_count <= self.core.watched_count and self.now_s >= options.enough_s:
            self.end(
                "enough_calls", f"{options.region.name} ran {self.core.watched_count} times", self._pc_addr
            )

    def _restart(self) -> None:
        self._resets_count += 1
        why = self.host.reset_reason
        self.host.power_net.reset_cause = self.host.power_net.reset_cause or "software"
        if self._resets_count > _RESETS_MAX:
            self.end(
                "reset_loop", f"the firmware reset the chip {self._resets_count} times ({why})", self._pc_addr
            )
            return
        self.host.warn(f"the firmware reset the chip: {why}")
        self._reset()
        self.host.power_net.reset_cause = ""
        self.flows.restart()
        self.places.restart()

    def take(self, result: EntryResult | ReturnResult | Lockup) -> None:
        """Go where an exception entry or return leads."""
        if isinstance(result, Lockup):
            self.end_with(self.faults.lockup(result))
            return
        if isinstance(result, EntryResult):
            self.flows.enter(result)
            self.faults.entered(result)
            self.core.charge(result.cycles, Reason.EXCEPTION, True)
            self._pc_addr = result.handler_addr
            return
        self.core.charge(result.cycles, Reason.EXCEPTION, False)
        self.flows.leave(result)
        self.faults.left(self.exceptions.table.active_mask)
        self._pc_addr = result.pc
        if result.sleeps:
            self.waiting.wait(is_sleep=True)

    # --- why the emulator stopped ---

    def _last_block_end_addr(self) -> int:
        addr, size_bytes, _ = self.core.last_block()
        return addr + size_bytes

    def handle(self, outcome: Outcome) -> None:
        """Act on why the emulator stopped; `pc_addr` is where it did."""
        self._pc_addr = outcome.pc_addr
        if self._stop is not None:
            self.core.truncate(outcome.pc_addr)
        elif self.core.stop_reason != StopReason.NONE:
            self._handle_counted(StopReason(self.core.stop_reason))
        elif outcome.ending in (Ending.COUNTED, Ending.HINT):
            self._continue_after_store(outcome)
            self.core.truncate(self._pc_addr)
        elif outcome.ending is Ending.SUPERVISOR_CALL:
            self.take(self.exceptions.supervisor_call(outcome.pc_addr))
        elif outcome.ending is Ending.EXCEPTION_RETURN:
            self.take(self.exceptions.return_from(outcome.pc_addr | 1))
        elif outcome.ending is Ending.SLEEP:
            self.waiting.wait(is_sleep=True)
        elif outcome.ending is Ending.WAIT_FOR_EVENT:
            if self.core.has_event:
                self.exceptions.send_event()
            self.core.has_event = 0
            if not self.exceptions.take_event():
                self.waiting.wait(is_sleep=True, for_event=True)
        elif outcome.ending is Ending.BREAKPOINT:
            self._breakpoint(outcome.pc_addr)
        elif outcome.ending is Ending.COPROCESSOR and self._does_coprocessor(outcome.pc_addr):
            self._pc_addr = outcome.pc_addr + 4
        else:
            self.faults.raise_for(outcome)

    def _continue_after_store(self, outcome: Outcome) -> None:
        """A store that let an interrupt in is done, but Unicorn stands at it."""
        store, self._stopped_at = self._stopped_at, None
        if store is not None and outcome.pc_addr == store.addr:
            self._pc_addr = store.end_addr

    def _handle_counted(self, reason: StopReason) -> None:
        if reason is StopReason.FP:
            self._trap_fp()
        elif reason is StopReason.STACK:
            self.flows.moved_to(self.cpu.read(Reg.SP), self._pc_addr, is_called=self._was_call())
        elif reason is StopReason.ERROR:
            self.end("unsupported", "a block could not be priced", self._pc_addr)
        elif reason is StopReason.SELF_LOOP:
            self.waiting.wait(is_sleep=False)

    def _was_call(self) -> bool:
        _, _, index = self.core.last_block()
        blocks = self.filler.blocks
        return index < len(blocks) and blocks[index].instructions[-1].branch in (
            Branch.LINK,
            Branch.LINK_REGISTER,
        )

    def _trap_fp(self) -> None:
        """A block with FP instructions is next, and FP state must be saved or FP is switched off."""
        if not self.exceptions.is_fpu_enabled():
            self.faults.fpu_disabled(self._pc_addr)
            return
        saved = self.exceptions.perform_lazy_save(self._pc_addr)
        if isinstance(saved, int):
            self.core.charge(saved, Reason.EXCEPTION, True)
        else:
            self.take(saved)

    def _does_coprocessor(self, pc_addr: int) -> bool:
        number = (self.word_at(pc_addr) or 0) >> 24 & 0xF
        access = self.exceptions.state.cpacr >> 2 * number & 0b11
        if self.coprocessors is None or number > 7 or not access:
            return False
        return execute(self.cpu, self.coprocessors, pc_addr)

    def _breakpoint(self, pc_addr: int) -> None:
        instruction = int.from_bytes(self.memory.read(pc_addr, 2) or b"", "little")
        rom_end = end_in_rom(pc_addr, instruction)
        if rom_end is not None:
            self.end(*rom_end, pc_addr)
            return
        if instruction != _SEMIHOSTING_BKPT:
            self.faults.breakpoint(pc_addr)
            return
        result = self.semihosting.handle(self.cpu.read(Reg.R0), self.cpu.read(Reg.R1), self.cpu)
        if isinstance(result, Exit) and self.faults.pending is not None:
            self.faults.end_with_first(f"its handler ended the program ({result.detail})")
            return
        if isinstance(result, Exit):
            self.end("exit", result.detail, pc_addr, result.status)
            return
        self.cpu.write(Reg.R0, result.r0)
        self._pc_addr = pc_addr + 2

    def reads_ram(self) -> tuple[int, int]:
        """First and last+1 address of all RAM, for counting touched bytes."""
        ram = [each for each in self.board.chip.regions if each.medium is Medium.SRAM and not each.alias_of]
        return min(each.start_addr for each in ram), max(each.end_addr for each in ram)

    def word_at(self, addr: int) -> int | None:
        """A word of memory, None where there is none."""
        try:
            return self.cpu.read_word(addr)
        except BusError:
            return None
