"""Tables of fixed width for the terminal that leave out what says least where there is no room; cells of CSV."""

from __future__ import annotations

from dataclasses import dataclass

GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table; those with the highest rank are left out first when the table is too wide."""

    title: str
    cells: tuple[str, ...]
    rank_number: int = 0
    is_number: bool = True

    @property
    def width_count(self) -> int:
        """In characters."""
        return max(map(len, (self.title, *self.cells)))


def fitting(columns: list[Column], width: int) -> list[Column]:
    """Without the columns that say least, until the rest fits; columns that say nothing are left out, too."""
    columns = [each for each in columns if any(cell.strip("-") for cell in each.cells)]
    while sum(each.width_count + len(GAP) for each in columns) > width + len(GAP):
        least = max(columns, key=lambda each: each.rank_number)
        if not least.rank_number:
            break
        columns = [each for each in columns if each is not least]
    return columns


def line_of(cells: list[str], columns: list[Column]) -> str:
    """One line of the table."""
    padded = (
        cell.rjust(column.width_count) if column.is_number else cell.ljust(column.width_count)
        for cell, column in zip(cells, columns, strict=True)
    )
    return GAP.join(padded).rstrip()


def csv_cell(value: object) -> str:
    """What a spreadsheet reads: nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
