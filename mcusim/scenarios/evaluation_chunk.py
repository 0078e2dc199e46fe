"""Some of a data set's inputs through one firmware, each in a copy of one warm process.

The work is done in a process of its own with a single thread: processes with threads (notebooks, Dask's workers) must
not be copied.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import IO, TYPE_CHECKING

from mcusim.analysis.one_call import OneCall, call_states
from mcusim.analysis.power_settings import powered_phases, with_clock_range
from mcusim.errors import McusimError
from mcusim.firmware.lines import LineTable
from mcusim.firmware.rtos_layout import find_rtos
from mcusim.firmware.symbols import SymbolTable
from mcusim.machine.forks import CopyError, check_forks, freeze, in_copy
from mcusim.machine.machine import Machine
from mcusim.machine.options import MemoryWrite, Region, RegionKind
from mcusim.machine.requested import options_of
from mcusim.machine.roms import with_boot_rom
from mcusim.machine.snapshot import Snapshot, SnapshotError
from mcusim.session import board_and_image, power_model_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.analysis.activity import StateCycles
    from mcusim.board.schema import Board
    from mcusim.firmware.image import Image
    from mcusim.machine.snapshot import CallOutcome
    from mcusim.report.request import RunRequest
    from mcusim.report.what_if import Setting

_ENTRY = "from mcusim.scenarios.evaluation_chunk import main; main()"
DEFAULT_LIMIT_S = 60.0
_LONGEST_RATIO = 100
"""A call that takes so many times as long as the first one will not end: so bad inputs end, too."""


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of the firmware's memory."""

    addr: int
    """Of a variable."""
    offsets: tuple[int, ...]
    """Bytes to go on from there; before each but the first, to the address that is found where one stands."""
    size_bytes: int
    name: str
    """As the user wrote it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Work for one process."""

    request: RunRequest
    function_addr: int
    function_name: str
    snapshot_addr: int
    input: Place
    output: Place
    rows: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What one input came to."""

    error: str
    cycles: int = 0
    latency_s: float = 0.0
    states: StateCycles | None = None
    uses_flash: bool = False
    output: bytes = b""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What all inputs of a chunk came to."""

    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    """Of the run up to the snapshot."""
    clock_hz: int


def evaluated_chunk(chunk: Chunk, progress: Callable[[], None] = lambda: None) -> ChunkResult:
    """The results of the chunk's inputs, in their order, from a process of its own; `progress` is told of each.

    Raises:
        McusimError: the firmware does not get to the snapshot, or this machine cannot copy processes.
    """
    check_forks()
    paths = [os.path.abspath(each) for each in sys.path]  # noqa: PTH100 - the folder this runs in is "" there
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-P", "-c", _ENTRY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError):  # it ended early: what it has not written says so
                pickle.dump(chunk, process.stdin)
                process.stdin.close()
            return _received(process.stdout, progress)
        except EOFError:
            code = process.wait()
            how = f"by signal {-code}" if code < 0 else "by an error of mcusim's own"
            raise CopyError("the process that evaluates inputs has ended", why=how) from None
        finally:
            process.kill()


def _received(stream: IO[bytes], progress: Callable[[], None]) -> ChunkResult:
    """Rows as they are done, then the notes on all of them."""
    rows: list[Row] = []
    while True:
        message: Row | ChunkResult | McusimError = pickle.load(stream)
        if isinstance(message, McusimError):
            raise message
        if isinstance(message, ChunkResult):
            return replace(message, rows=tuple(rows))
        rows.append(message)
        progress()


def main() -> None:
    """A pickled Chunk comes on standard input; each Row goes out, then a ChunkResult, or instead a McusimError."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever started this says that the user ended it
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody listens any more
    try:
        chunk: Chunk = pickle.load(sys.stdin.buffer)
    except (EOFError, pickle.UnpicklingError):
        return  # it was ended while it wrote
    target = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may write there
    with os.fdopen(target, "wb") as file:

        def send(message: Row | ChunkResult | McusimError) -> None:
            pickle.dump(message, file)
            file.flush()

        try:
            send(_evaluated(chunk, send))
        except McusimError as error:
            send(error)


def _evaluated(chunk: Chunk, send: Callable[[Row], None]) -> ChunkResult:
    board, image = board_and_image(chunk.request)
    request = with_clock_range(chunk.request, power_model_of(chunk.request, board))
    machine = _machine_of(chunk, request, board, image)
    snapshot = Snapshot(machine, chunk.snapshot_addr, chunk.function_addr)
    snapshot.reach(Fraction(str(request.max_seconds or DEFAULT_LIMIT_S)))
    limit_cycles = request.max_cycles or int(DEFAULT_LIMIT_S * machine.phases.clock_hz)
    warm = snapshot.warm_up(limit_cycles)
    if request.max_cycles is None:
        limit_cycles = warm.cycles * _LONGEST_RATIO
    clock_hz, warnings = machine.phases.clock_hz, tuple(machine.host.warnings)
    call = _Call(chunk, board, snapshot, machine, request.settings, limit_cycles)
    freeze()
    for data in chunk.rows:
        send(_row(call, data))
    return ChunkResult((), warnings, clock_hz)


def _machine_of(chunk: Chunk, request: RunRequest, board: Board, image: Image) -> Machine:
    image = with_boot_rom(image, board.chip, request.rom)
    symbols, lines = SymbolTable(image), LineTable(image.lines_path or image.path)
    options = options_of(request, symbols, board, None, lines.variable_type)
    options = replace(
        options,
        region=Region(RegionKind.FUNCTION, chunk.function_name, chunk.function_addr),
        max_cycles=None,
        max_seconds=None,
        enough_calls_count=0,
        rtos=find_rtos(symbols, lines),
    )
    return Machine(board, image, symbols, options)


def _row(call: _Call, data: bytes) -> Row:
    try:
        row: Row = pickle.loads(in_copy(lambda: pickle.dumps(call.row_of(data))))
    except CopyError as error:
        return Row(error.what)
    return row


@dataclass(frozen=True, slots=True)
class _Call:
    """What is needed for a call in a copy."""

    chunk: Chunk
    board: Board
    snapshot: Snapshot
    machine: Machine
    settings: tuple[Setting, ...]
    limit_cycles: int

    def row_of(self, data: bytes) -> Row:
        try:
            addr = self._addr_of(self.chunk.input)
            outcome = self.snapshot.call((MemoryWrite(addr, data),), self.limit_cycles, self._output)
        except McusimError as error:
            return Row(error.what)
        if outcome.stop is not None:
            return Row(self._why(outcome))
        call = OneCall(
            outcome.functions,
            outcome.calls,
            powered_phases(outcome.phases, self.settings),
            outcome.cycles,
            outcome.sleep_cycles,
            outcome.other_tasks_cycles,
            outcome.latency_s,
            self.chunk.function_addr,
        )
        found = call_states(call, self.board.chip)
        return Row(
            "",
            outcome.cycles,
            outcome.latency_s,
            found.states,
            found.uses_flash,
            outcome.data,
            outcome.warnings,
        )

    def _output(self) -> bytes:
        place = self.chunk.output
        return self.machine.memory.read(self._addr_of(place), place.size_bytes) or b""

    def _addr_of(self, place: Place) -> int:
        addr = place.addr + place.offsets[0]
        for offset in place.offsets[1:]:
            addr = (self.machine.word_at(addr) or 0) + offset
        if self.machine.memory.read(addr, place.size_bytes) is None:
            raise SnapshotError(f"'{place.name}' leads to 0x{addr:08X}, where there is no memory")
        return addr

    def _why(self, outcome: CallOutcome) -> str:
        stop = outcome.stop
        assert stop is not None
        if stop.reason == "max_cycles":
            return f"{self.chunk.function_name} did not return within {self.limit_cycles} cycles"
        where = self.machine.functions.symbols.named(stop.pc_addr)
        what = stop.fault.what if stop.fault is not None else stop.detail or stop.reason
        return f"{what}, in {where}"
