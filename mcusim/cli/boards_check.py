"""`mcusim boards check FILE`: whether a user's board, chip or power model holds together, with what it refers to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.errors import DataFileError, UsageError

if TYPE_CHECKING:
    from mcusim.power.schema import PowerModel


def checked(file: str) -> str:
    """What the file is and that it is fine; any mistake in it or in what it refers to is raised.

    Raises:
        UsageError: it is no TOML file by its name.
        DataFileError: it is none of the three kinds, or something in it is wrong.
    """
    from mcusim.datafile import Table

    if not file.endswith(".toml"):
        raise UsageError(
            f"'{file}' is not a board file", why="its name does not end in .toml", fix="rename it"
        )
    table = Table.load(Path(file))
    if table.has("chip"):
        return _checked_board(file)
    if table.has("chips") or table.has("current"):
        return _checked_power_model(file)
    if table.has("core") or table.has("region"):
        return _checked_chip(file)
    raise DataFileError(
        "the file is neither a board nor a chip nor a power model",
        where=file,
        why="a board names its 'chip', a chip has a 'core' and [[region]] tables, a power model has 'chips' "
        "and [[current]] tables",
        fix="start from a copy of a file in boards/, boards/chips/ or power_models/",
    )


def _checked_board(file: str) -> str:
    from mcusim.board.load import load_board
    from mcusim.power.check import check_chip, check_conditions
    from mcusim.power.load import load_power_model
    from mcusim.power.schema import Conditions

    board = load_board(file)
    power = "no power model: reports will have no energy"
    if board.power_model:
        model = load_power_model(board.power_model)
        check_chip(model, board.chip.name)
        try:
            check_conditions(model, Conditions(board.supply_v))
        except UsageError as error:  # its remedy is a command-line option; here it is the file
            raise DataFileError(
                error.what,
                where=f"{file}: [supply]: supply_v",
                why=error.why,
                fix="give the voltage at the chip's supply pins, or name a power model that holds at it",
            ) from error
        power = f"power model {model.name}"
    return f"{file}: board '{board.name}' is fine (chip {board.chip.name}, core {board.chip.core}, {power})\n"


def _checked_chip(file: str) -> str:
    from mcusim.board.load import load_chip

    chip = load_chip(Path(file))
    modelled = f"{len(chip.devices)} device{'s' * (len(chip.devices) != 1)}"
    return f"{file}: chip '{chip.name}' is fine (core {chip.core}, {len(chip.regions)} regions, {modelled})\n"


def _checked_power_model(file: str) -> str:
    from mcusim.board.load import chip_names
    from mcusim.power.load import load_power_model

    model = load_power_model(file)
    modes = f"modes {', '.join(model.modes)}" if model.modes else "no sleep modes"
    text = f"{file}: power model '{model.name}' is fine (for {', '.join(model.chips)}; {modes})\n"
    own = [name for name in model.chips if name not in chip_names()]
    if not own:
        _check_peripherals(model)
    if own:
        text += f"  {', '.join(own)}: no shipped chip is called so; your chip file has to have this 'name'\n"
    return text


def _check_peripherals(model: PowerModel) -> None:
    """Refuse a [[peripheral]] that can never count: no device of the chips, and fed by no enable bit, is called so."""
    from mcusim.board.load import load_chip
    from mcusim.errors import unknown_name
    from mcusim.machine.devices.stm32.clock_enables import fed_names
    from mcusim.shipped import shipped_dir

    chips = [load_chip(shipped_dir("boards") / "chips" / f"{name}.toml") for name in model.chips]
    known = {device.name.lower() for chip in chips for device in chip.devices}
    known |= {name for chip in chips for name in fed_names(chip.name[: len("stm32xx")])}
    for each in model.peripherals:
        if each.name not in known:
            where = f"{model.path}: [[peripheral]] '{each.name}'"
            raise unknown_name("device of the model's chips", each.name, known, where=where)
