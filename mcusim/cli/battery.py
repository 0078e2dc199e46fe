"""`mcusim battery`: how long a battery lasts with one inference every so often."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli import battery_values as values
from mcusim.cli.command import columns, print_text, progress_line
from mcusim.cli.result_files import Result, write_results
from mcusim.cli.run import EXIT_OF_STOP
from mcusim.cli.run_options import add_run_options
from mcusim.cli.run_request import prepared
from mcusim.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _ArgumentGroup

    from mcusim.report.battery import BatteryLife
    from mcusim.scenarios.batteries import Battery
    from mcusim.scenarios.battery_run import BatteryWish


class BatteryCommand:
    """Estimate the life of a battery."""

    name: ClassVar[str] = "battery"
    summary: ClassVar[str] = "estimate how long a battery lasts with one inference every so often"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What happens how often, the battery, what else draws current, and everything of `mcusim run`."""
        parser.add_argument("firmware", metavar="FIRMWARE", nargs="?", help="as for mcusim run")
        parser.add_argument("--board", metavar="NAME", help="a board, or the path of a board file")
        parser.add_argument("--list", action="store_true", help="list the batteries with their sources")
        _add_duty(parser.add_argument_group("how often, and what happens in between"))
        _add_battery(parser.add_argument_group("battery"))
        add_run_options(parser)
        group = parser.add_argument_group("results of this command (--json writes them too)")
        group.add_argument("--csv", metavar="FILE", type=Path, help="write life against interval as a table")
        group.add_argument(
            "--plot", metavar="FILE", type=Path, help="write a picture of life against interval (.png, .svg)"
        )

    def run(self, arguments: Namespace) -> int:
        """Measure, compute, write the files, print."""
        if arguments.list:
            print_text(_battery_list())
            return ExitCode.OK
        if arguments.firmware is None:
            raise UsageError(
                "no firmware was named",
                why="the life depends on what one inference takes",
                fix="mcusim battery FIRMWARE --board NAME --every 10s; --list shows the batteries",
            )
        wish = _wish_of(arguments)
        from mcusim.scenarios.battery_run import battery_life

        with prepared(arguments, (("--csv", arguments.csv), ("--plot", arguments.plot))) as ready:
            label = ready.request.shown_firmware
            with progress_line(label, is_quiet=arguments.quiet) as progress:
                life = battery_life(ready.request, wish, progress)
        _write(life, arguments)
        return EXIT_OF_STOP.get(life.stop, ExitCode.OK)


def _add_duty(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--every", metavar="TIME", type=values.interval_s, help="one inference every 10s, 5min, 2h …"
    )
    group.add_argument(
        "--rate", metavar="RATE", type=values.rate_interval_s, help="… or so often on average: 6/min, 0.5Hz"
    )
    group.add_argument(
        "--sleep",
        metavar="MODE",
        help="sleep mode in between (stop2); sleep, stop, standby: the deepest such; run: none",
    )
    group.add_argument(
        "--sleep-current",
        metavar="A",
        type=values.current_a,
        help="current in between (2uA), whatever the model says",
    )
    group.add_argument(
        "--sensor-energy",
        metavar="J",
        type=values.energy_j,
        default=0.0,
        help="further energy per inference (150uJ)",
    )
    group.add_argument(
        "--extra-current",
        metavar="A",
        type=values.current_a,
        default=0.0,
        help="what the board draws all the time (12uA): regulator, sensor, LED",
    )


def _add_battery(group: _ArgumentGroup) -> None:
    group.add_argument("--battery", metavar="NAME", help="a battery (--list), or a battery file")
    group.add_argument("--capacity", metavar="AH", type=values.capacity_c, help="your own capacity (220mAh)")
    group.add_argument("--voltage", metavar="V", type=values.voltage_v, help="of your own battery (3.7V)")
    group.add_argument(
        "--self-discharge",
        metavar="PERCENT",
        type=values.loss_percent,
        help="of your own battery, per year (2%%)",
    )
    group.add_argument(
        "--regulator-efficiency",
        metavar="PERCENT",
        type=values.efficiency_ratio,
        help="there is a switching regulator (85%%); default: wired directly, or a linear one",
    )


def _wish_of(arguments: Namespace) -> BatteryWish:
    from mcusim.scenarios.battery_run import BatteryWish
    from mcusim.scenarios.battery_sleep import SleepWish

    if (arguments.every is None) == (arguments.rate is None):
        raise UsageError(
            "how often is there an inference?"
            if arguments.every is None
            else "--every and --rate exclude each other",
            why="the battery's life is a matter of the interval between two",
            fix="give either --every 10s or --rate 6/min",
        )
    return BatteryWish(
        interval_s=arguments.rate if arguments.every is None else arguments.every,
        battery=_battery_of(arguments),
        sleep=SleepWish(arguments.sleep, arguments.sleep_current),
        sensor_j=arguments.sensor_energy,
        board_a=arguments.extra_current,
        efficiency_ratio=arguments.regulator_efficiency,
    )


def _battery_of(arguments: Namespace) -> Battery:
    """A preset or a file, with the user's own capacity in it; or the user's own altogether."""
    from mcusim.scenarios.batteries import battery_names, load_battery, own_battery, with_own_figures

    has_own = arguments.capacity is not None and arguments.voltage is not None
    if arguments.voltage is not None and (arguments.battery is not None or not has_own):
        raise UsageError(
            "--voltage is for a battery of your own",
            why="a battery's file says its voltages",
            fix="give --voltage together with --capacity and without --battery, or write a battery file",
        )
    if has_own:
        return own_battery(arguments.capacity, arguments.voltage, arguments.self_discharge)
    if arguments.capacity is not None and arguments.battery is None:
        raise UsageError(
            "--capacity needs a battery",
            why="charge becomes energy at a voltage",
            fix="add --voltage 3.7V, or --battery NAME to take all else from there",
        )
    if arguments.battery is None:
        raise UsageError(
            "no battery was named",
            why="its capacity, voltage and self-discharge decide the life",
            fix=f"add --battery NAME ({', '.join(battery_names())}), or --capacity 220mAh --voltage 3V",
        )
    return with_own_figures(load_battery(arguments.battery), arguments.capacity, arguments.self_discharge)


def _write(life: BatteryLife, arguments: Namespace) -> None:
    from mcusim.render.battery import battery_csv, battery_json, battery_text

    results = [
        Result("--json", arguments.json, lambda: battery_json(life).encode()),
        Result("--csv", arguments.csv, lambda: battery_csv(life).encode()),
        Result("--plot", arguments.plot, lambda: _picture(life, arguments.plot.suffix)),
    ]
    write_results(results, lambda: battery_text(life), is_quiet=arguments.quiet)


def _picture(life: BatteryLife, suffix: str) -> bytes:
    from mcusim.render.plots.battery import battery_plot

    return battery_plot(life, suffix)


def _battery_list() -> str:
    from mcusim.scenarios.batteries import C_PER_MAH, battery_names, load_battery

    rows: list[tuple[str, ...]] = [("NAME", "BATTERY", "VOLTAGE", "CAPACITY", "USABLE", "LOSS", "LOAD")]
    sources: list[str] = []
    for name in battery_names():
        battery = load_battery(name)
        load = "?" if battery.max_continuous_a is None else f"{battery.max_continuous_a * 1000:g} mA"
        loss = "?" if battery.self_discharge_percent is None else f"{battery.self_discharge_percent:g} %/year"
        capacity = f"{battery.capacity_c / C_PER_MAH:g} mAh"
        voltage = f"{battery.nominal_v:g} V"
        rows.append((name, battery.title, voltage, capacity, f"{battery.usable_ratio:.0%}", loss, load))
        sources += ["", name, *_sources(battery)]
    return columns(rows) + "".join(f"{line}\n" for line in sources)


def _sources(battery: Battery) -> list[str]:
    parts = (
        ("voltage", battery.voltage_provenance),
        ("capacity", battery.capacity_provenance),
        ("loss", battery.self_discharge_provenance),
        ("load", battery.load_provenance),
    )
    lines = (f"{word} [{each.basis.value}] {each.source}" for word, each in parts if each is not None)
    return [
        line
        for text in lines
        for line in textwrap.wrap(text, 78, initial_indent="  ", subsequent_indent="    ")
    ]
