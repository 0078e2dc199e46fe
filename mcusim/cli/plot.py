"""`mcusim plot`: pictures of recordings, one at a time or all that they have something for."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import is_watched, print_text, show_step
from mcusim.cli.recording_argument import add_recording_options, exit_code_of, is_stored, recorded_run
from mcusim.cli.result_files import STANDARD_OUTPUT, Result, add_output_option, write_results
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from mcusim.recorded.run import RecordedRun

ALL = "all"
OF_ONE = ("layers", "layer-energy", "stalls", "ram", "power", "roofline", "memory")
OF_SEVERAL = ("boards", "pareto")
_FORMATS = ("png", "svg", "pdf")


class PlotCommand:
    """Draw pictures."""

    name: ClassVar[str] = "plot"
    summary: ClassVar[str] = (
        "draw layers, stalls, RAM, power, a roofline or several boards as PNG, SVG or PDF"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to draw, of which runs, and where to."""
        parser.add_argument(
            "recordings",
            metavar="RECORDING",
            nargs="+",
            help="a recording (mcusim run -o FILE.mcusim), or a firmware, model or bundled sample, which is run first",
        )
        group = parser.add_argument_group("picture")
        group.add_argument(
            "--kind",
            choices=(*OF_ONE, *OF_SEVERAL, ALL),
            required=True,
            metavar="KIND",
            help=f"of one recording: {', '.join(OF_ONE)}; of several: {', '.join(OF_SEVERAL)}; {ALL}: what there is",
        )
        group.add_argument(
            "--format",
            choices=_FORMATS,
            default=_FORMATS[0],
            help=f"of the files of --kind {ALL} (default: png)",
        )
        add_output_option(
            group, f"write the picture to this file (.png, .svg, .pdf), those of --kind {ALL} to this folder"
        )
        add_recording_options(parser)

    def run(self, arguments: Namespace) -> int:
        """Read or make the runs, and draw them."""
        targets = _targets(arguments)
        runs = tuple(_runs(arguments, targets))
        if arguments.kind == ALL:
            _draw_all(arguments, runs)
        else:
            _draw_one(arguments, runs)
        codes = [
            exit_code_of(Namespace(firmware=name), run)
            for name, run in zip(arguments.recordings, runs, strict=True)
        ]
        return max(codes)


def _targets(arguments: Namespace) -> list[tuple[str, str]]:
    """Every file that may be written, for a look at them before anything runs.

    Raises:
        UsageError: -o is missing, or names what cannot be written; the kind is not for that many recordings.
        PlotBackEndError: matplotlib is not installed.
    """
    from mcusim.render.plots.picture import check_back_end, check_picture_path

    if arguments.target is None or arguments.target == STANDARD_OUTPUT:
        raise UsageError("a picture needs a file", fix="add -o FILE.png, or -o FOLDER with --kind all")
    if arguments.kind != ALL:
        from mcusim.render.plots.kinds import check_runs_count

        check_runs_count(arguments.kind, len(arguments.recordings))
        check_picture_path(Path(arguments.target), option="-o")
        return [("-o", arguments.target)]
    check_back_end()
    folder = Path(arguments.target)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o: '{folder}' is a file", fix=f"name a folder for --kind {ALL}")
    if not folder.exists() and not folder.parent.is_dir():
        raise UsageError(
            f"-o: cannot write '{folder}'",
            why=f"there is no folder '{folder.parent}'",
            fix="create it or name another folder",
        )
    kinds = OF_ONE if len(arguments.recordings) == 1 else OF_SEVERAL
    return [("-o", str(folder / f"{kind}.{arguments.format}")) for kind in kinds] if folder.exists() else []


def _runs(arguments: Namespace, targets: list[tuple[str, str]]) -> Iterator[RecordedRun]:
    from mcusim.cli.result_files import check_targets

    names = arguments.recordings
    stored = [Path(name) for name in names if Path(name).is_file()]
    check_targets(targets, arguments, stored)
    for name in names:
        mine = Namespace(**{**vars(arguments), "firmware": name})
        if len(names) > 1 and is_watched(is_quiet=arguments.quiet) and is_stored(name):
            show_step(f"reading {name}")
        yield recorded_run(mine, targets, name=name)
    if len(names) > 1 and is_watched(is_quiet=arguments.quiet):
        show_step("")


def _draw_one(arguments: Namespace, runs: tuple[RecordedRun, ...]) -> None:
    from mcusim.render.plots.canvas import panels_bytes
    from mcusim.render.plots.kinds import panels_of

    panels, suffix = tuple(panels_of(arguments.kind, runs)), Path(arguments.target).suffix
    write_results([Result("-o", arguments.target, lambda: panels_bytes(panels, suffix))], str, is_quiet=True)


def _draw_all(arguments: Namespace, runs: tuple[RecordedRun, ...]) -> None:
    from mcusim.render.plots.canvas import panels_bytes
    from mcusim.render.plots.kinds import all_panels
    from mcusim.report.files import write_whole

    found, left_out = all_panels(runs)
    if not found:
        raise UsageError(
            "there is nothing to draw",
            why="; ".join(each.why_not for each in left_out),
            fix="record a run of a firmware that has an inference: mcusim run FIRMWARE --board NAME -o FILE",
        )
    folder = Path(arguments.target)
    pictures = {
        folder / f"{kind}.{arguments.format}": panels_bytes(tuple(panels), f".{arguments.format}")
        for kind, panels in found.items()
    }
    folder.mkdir(exist_ok=True)
    for path, data in pictures.items():
        write_whole(path, data, option="-o")
    if not arguments.quiet:
        print_text("".join(f"{path.as_posix()}\n" for path in pictures))
        print_text("".join(f"no {each.kind}: {each.why_not}\n" for each in left_out))
