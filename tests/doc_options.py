"""The table of all options of all commands, from the program itself, between marks in docs/reference/cli.md."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass

from mcusim.cli.main import COMMANDS

OPTIONS_MARKS = ("<!-- options of the program -->", "<!-- end of options -->")
_EVERYWHERE = "--touched-ram"
"""An option that all commands have which run a firmware as `mcusim run` does, and no other."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one command, as its --help has it."""

    command: str
    names: tuple[str, ...]
    metavar: str
    help: str


def options() -> Iterator[Option]:
    """Every option of every command, in the order of --help."""
    for command in COMMANDS:
        parser = ArgumentParser(prog=command.name, add_help=False)
        command.add_arguments(parser)
        for action in parser._actions:
            if action.option_strings:
                values = tuple(action.choices or ())
                metavar = action.metavar or ("{" + ",".join(map(str, values)) + "}" if values else "")
                is_optional = action.nargs == "?"
                yield Option(
                    command.name,
                    tuple(action.option_strings),
                    f"[{metavar}]" if is_optional and not str(metavar).startswith("[") else str(metavar),
                    (action.help or "") % {"default": action.default},
                )


def with_options(text: str) -> str:
    """A page with what stands between its marks replaced by the table; without marks as it is."""
    begin, end = OPTIONS_MARKS
    if begin not in text:
        return text
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{_table()}{end}{rest.partition(end)[2]}"


def _table() -> str:
    commands: dict[tuple[str, str], list[str]] = {}
    for each in options():
        names = ", ".join(f"{name} {each.metavar}".rstrip() for name in each.names)
        commands.setdefault((names, each.help), []).append(each.command)
    rows = sorted(commands.items(), key=lambda row: (row[0][0].lstrip("-").lower(), row[1]))
    everywhere = next(users for (names, _), users in rows if names == _EVERYWHERE)
    lines = [
        f"*Runs* stands for {', '.join(everywhere)}: all that take the options of `mcusim run`.",
        "",
        "| option | of | meaning |",
        "| --- | --- | --- |",
    ]
    for (names, meaning), users in rows:
        is_everywhere = set(everywhere) <= set(users)
        short = ["*runs*", *(each for each in users if each not in everywhere)] if is_everywhere else users
        lines.append(f"| `{_cell(names)}` | {', '.join(short)} | {_cell(meaning)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
