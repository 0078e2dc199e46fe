"""The boards that a test of the fixture mcusim_board takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.pytest_plugin.options import check_boards

if TYPE_CHECKING:
    import pytest

    from mcusim.pytest_plugin.options import Options


def boards_of(mark: pytest.Mark | None, options: Options, where: str) -> tuple[str, ...]:
    """The boards of a test, without those that the command line leaves out.

    Raises:
        UsageError: the test names no board, and nobody else does; the marker is wrong.
        UnknownNameError: there is no such board.
    """
    named = _names_of(mark, where) if mark else options.default_boards or options.chosen_boards
    if not named:
        raise UsageError(
            "no board for the fixture mcusim_board",
            where=where,
            fix="add @pytest.mark.mcusim_boards('NAME', …), or set mcusim_boards in the ini file",
        )
    check_boards(named, where)
    wanted = options.chosen_boards
    return tuple(dict.fromkeys(each for each in named if not wanted or each in wanted))


def _names_of(mark: pytest.Mark, where: str) -> tuple[str, ...]:
    if mark.kwargs or not mark.args or not all(isinstance(each, str) for each in mark.args):
        raise UsageError(
            "mcusim_boards takes names of boards",
            where=where,
            fix="write @pytest.mark.mcusim_boards('nucleo_l4r5zi', …)",
        )
    return tuple(mark.args)
