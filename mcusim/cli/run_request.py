"""From the options that all measuring commands share to a RunRequest; what the firmware is decides its own module."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.api.firmware import is_model, named_firmware
from mcusim.cli.firmware_argument import built_firmware, check_build_options
from mcusim.cli.result_files import check_run_targets
from mcusim.cli.run_options import inputs_of, signals_of
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator

    from mcusim.codegen.request import Built
    from mcusim.report.request import RunRequest
    from mcusim.report.what_if import Setting


@dataclass(frozen=True, slots=True)
class Prepared:
    """What can be measured now."""

    request: RunRequest
    built: Built | None
    """What was built for it; None: the firmware was there."""


@contextmanager
def prepared(
    arguments: Namespace, more_targets: Iterable[tuple[str, str | Path | None]] = ()
) -> Iterator[Prepared]:
    """The request that the options make; of a model, with a firmware that is gone after the context.

    Nothing is built before all options were looked at; `more_targets` are files that the command writes besides.

    Raises:
        UsageError: options contradict each other, or no board is known.
        FirmwareFileError: there is no such file or sample.
        McusimError: the model cannot be built for the board.
    """
    if not is_model(arguments.firmware):
        yield Prepared(request_of(arguments, more_targets), None)
        return
    path, board = named_firmware(arguments.firmware, arguments.board)
    check_run_targets(arguments, path, more_targets)
    request = _request(arguments, path, board)
    with built_firmware(arguments, board) as built:
        yield Prepared(replace(request, firmware=built.elf), built)


def request_of(
    arguments: Namespace, more_targets: Iterable[tuple[str, str | Path | None]] = ()
) -> RunRequest:
    """The request that the options make of a firmware.

    Raises:
        UsageError: options contradict each other, no board is known, or it is a model that would have to be built.
        FirmwareFileError: there is no such file or sample.
    """
    check_build_options(arguments)
    path, board = named_firmware(arguments.firmware, arguments.board)
    if is_model(str(path)):
        raise UsageError(
            f"'{arguments.firmware}' is a model, not a firmware",
            why="this command only takes what runs on a board",
            fix=f"mcusim build {arguments.firmware} --board {board} -o firmware.elf makes one of it",
        )
    check_run_targets(arguments, path, more_targets)
    return _request(arguments, path, board)


def shared_request(
    arguments: Namespace, firmware: Path, board: str, settings: tuple[Setting, ...]
) -> RunRequest:
    """What the options say that a run and a sweep have in common."""
    from mcusim.report.request import RunRequest

    return RunRequest(
        firmware=firmware,
        board=board,
        roi=arguments.roi,
        roi_begin=arguments.roi_begin,
        roi_end=arguments.roi_end,
        inference=arguments.inference,
        layer_patterns=tuple(arguments.layer),
        until=arguments.until,
        max_cycles=arguments.max_cycles,
        max_seconds=arguments.max_seconds,
        power_model=arguments.power_model,
        timing=arguments.timing,
        inputs=tuple(arguments.input),
        settings=settings,
        ignored=tuple(dict.fromkeys(arguments.ignore)),
        base_addr=arguments.base,
        symbols=arguments.symbols,
        rom=arguments.rom,
        svd=arguments.svd,
        is_strict=arguments.strict,
        signals=inputs_of(arguments),
        firmware_label=arguments.firmware,
    )


def _request(arguments: Namespace, firmware: Path, board: str) -> RunRequest:
    return replace(
        shared_request(arguments, firmware, board, tuple(arguments.settings)),
        clock_hz=arguments.clock,
        supply_v=arguments.supply,
        temp_c=arguments.temperature,
        reads=tuple(arguments.read),
        outputs=tuple(arguments.output),
        touched_ram=arguments.touched_ram,
        signals=signals_of(arguments),
    )
