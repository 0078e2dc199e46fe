"""`mcusim boards`: what there is to run on, one board with its sources, and the check of a data file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import columns, print_text
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.board.schema import Board, Chip, Medium

_MHZ = 1_000_000


class BoardsCommand:
    """List the boards, describe one, or check a board, chip or power model file."""

    name: ClassVar[str] = "boards"
    summary: ClassVar[str] = "list the boards, describe one, or check a board file"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`boards`, `boards NAME`, `boards check FILE`."""
        parser.usage = "mcusim boards [NAME | check FILE]"
        parser.add_argument(
            "words",
            metavar="NAME",
            nargs="*",
            help="describe this board; check FILE: check the file of a board, a chip or a power model",
        )

    def run(self, arguments: Namespace) -> int:
        """Print what was asked for."""
        match arguments.words:
            case []:
                print_text(_board_list())
            case ["check", file]:
                from mcusim.cli.boards_check import checked

                print_text(checked(file))
            case ["check"]:
                raise UsageError(
                    "'mcusim boards check' needs a file", fix="mcusim boards check my_board.toml"
                )
            case [name]:
                from mcusim.board.load import load_board
                from mcusim.cli.boards_describe import describe

                print_text(describe(load_board(name)))
            case _:
                raise UsageError("too many words", fix="mcusim boards NAME, or mcusim boards check FILE")
        return ExitCode.OK


_LIST_FOOTER = """
CYCLES: how far modelled cycles may be from silicon with code in flash, in
  percent, and the weakest basis of that figure (docs/accuracy.md).
ENERGY: the same of the supply current during inference, at the highest clock of
  the power model's tables; "-": no power model, reports have no energy.
'mcusim boards NAME' shows the numbers, their sources and what is not modelled.
"""


def _board_list() -> str:
    from mcusim.board.load import board_names, load_board
    from mcusim.board.schema import Medium

    rows: list[tuple[str, ...]] = [("NAME", "CORE", "MHZ", "RAM", "FLASH", "CYCLES", "ENERGY")]
    for name in board_names():
        board = load_board(name)
        chip = board.chip
        rows.append(
            (
                name,
                _short_core(chip.core),
                f"{chip.max_clock_hz / _MHZ:g}",
                _capacity(chip, Medium.SRAM),
                _capacity(chip, Medium.FLASH),
                _cycles_band(board),
                _energy_band(board),
            )
        )
    return columns(rows) + _LIST_FOOTER


def _short_core(core: str) -> str:
    return core.removeprefix("cortex-").upper().replace("PLUS", "+")


def _capacity(chip: Chip, medium: Medium) -> str:
    kib = sum(each.size_bytes for each in chip.regions if each.medium is medium and not each.alias_of) / 1024
    return f"{kib:.0f}K" if kib < 1024 else f"{kib / 1024:.3g}M"


def _cycles_band(board: Board) -> str:
    from mcusim.analysis.timing_error import timing_error

    error = timing_error(board.chip.core, board.chip.flash_interface, uses_flash=True)
    return f"±{error.error_percent:g} {error.basis.value}"


def _energy_band(board: Board) -> str:
    from mcusim.cli.boards_power import full_clock_band

    if not board.power_model:
        return "-"
    percent, basis = full_clock_band(board)
    return f"±{percent:.0f} {basis.value}"
