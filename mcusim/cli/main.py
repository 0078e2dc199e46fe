"""The `mcusim` command: finds the subcommand, turns every failure into a message and an exit code."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Never

from mcusim import __version__
from mcusim.cli.annotate import AnnotateCommand
from mcusim.cli.battery import BatteryCommand
from mcusim.cli.boards import BoardsCommand
from mcusim.cli.build import BuildCommand
from mcusim.cli.calibrate import CalibrateCommand
from mcusim.cli.compare import CompareCommand
from mcusim.cli.eval import EvalCommand
from mcusim.cli.explain import ExplainCommand
from mcusim.cli.networks import NetworksCommand
from mcusim.cli.operators import OperatorsCommand
from mcusim.cli.plot import PlotCommand
from mcusim.cli.report import ReportCommand
from mcusim.cli.run import RunCommand
from mcusim.cli.samples import SamplesCommand
from mcusim.cli.sweep import SweepCommand
from mcusim.cli.validate import ValidateCommand
from mcusim.errors import McusimError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.cli.command import Command

COMMANDS: tuple[Command, ...] = (
    RunCommand(),
    ReportCommand(),
    CompareCommand(),
    AnnotateCommand(),
    ExplainCommand(),
    PlotCommand(),
    BuildCommand(),
    OperatorsCommand(),
    BatteryCommand(),
    SweepCommand(),
    NetworksCommand(),
    EvalCommand(),
    CalibrateCommand(),
    ValidateCommand(),
    BoardsCommand(),
    SamplesCommand(),
)

EXIT_INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells do
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_NEGATIVE = re.compile(r"-[.\d]")
_ISSUES = "the project's issue tracker"
_EPILOG = """\
exit codes: 0 fine, 1 budget exceeded, 2 wrong input, 3 firmware faulted, 4 limit reached
examples:
  mcusim run digits_cnn                            a bundled sample
  mcusim run firmware.elf --board nucleo_f446re    your own firmware
  mcusim run model.tflite --board nucleo_f446re    a network: built, then run
  mcusim boards                                    what it can run on"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the process's exit code."""
    if sys.stdout is None:  # closed by the shell (>&-): nobody wants to see anything
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process
    try:
        code = _dispatch(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except McusimError as error:
        _complain(f"mcusim: error: {error}")
        return int(error.exit_code)
    except KeyboardInterrupt:
        _complain("mcusim: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return EXIT_BROKEN_PIPE
    except (
        Exception
    ) as error:  # the one broad except: whatever else escapes is our bug, or the machine's state
        return _unexpected(error)
    return code


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of exiting, so that all errors look alike."""

    def error(self, message: str) -> Never:
        raise UsageError(message, fix=f"see '{self.prog} --help'")


def _dispatch(argv: Sequence[str]) -> int:
    parser = _Parser(
        prog="mcusim",
        description="Latency, peak RAM and energy of unmodified Cortex-M firmware, without the board.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mcusim {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.name, help=command.summary, description=command.summary, allow_abbrev=False
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    arguments = parser.parse_args(_joined(argv))
    return int(arguments.run(arguments))


def _joined(argv: Sequence[str]) -> list[str]:
    """ "--every", "-5s" as "--every=-5s": argparse takes only a bare number for a negative value, and
    anything else that begins with a dash for an option.
    """
    joined: list[str] = []
    for place, word in enumerate(argv):
        if word == "--":
            return [*joined, *argv[place:]]
        before = joined[-1] if joined else ""
        if _NEGATIVE.match(word) and before.startswith("--") and "=" not in before:
            joined[-1] = f"{before}={word}"
        else:
            joined.append(word)
    return joined


def _discard_output() -> None:
    """The reader has gone (`mcusim boards | head -1`): without this, closing stdout would complain again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    """Write to standard error, which may be closed or too narrow in encoding."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, errors="backslashreplace").decode(encoding) + "\n")


def _environment_error(error: Exception) -> McusimError | None:
    """What the installation or the disk lacks, which is not our bug; None for all else."""
    if isinstance(error, ModuleNotFoundError):
        library = (error.name or "").partition(".")[0]
        if library in ("", "mcusim"):
            return None
        return UsageError(
            f"the library '{library}' is missing",
            where=sys.executable,
            why="pip installs it with mcusim, and it is not there any more",
            fix="pip install --force-reinstall mcusim",
        )
    if isinstance(error, OSError) and error.filename is None and error.errno in _DISK_ERRORS:
        _discard_output()
        return UsageError(
            "cannot write standard output",
            why=error.strerror or str(error),
            fix="make room, or write to another disk",
        )
    return None


def _unexpected(error: Exception) -> int:
    explained = _environment_error(error)
    if explained is not None:
        _complain(f"mcusim: error: {explained}")
        return int(explained.exit_code)
    if os.environ.get("MCUSIM_DEBUG"):
        raise error
    _complain(_bug_message(error))
    return EXIT_INTERNAL_ERROR


def _bug_message(error: Exception) -> str:
    return (
        f"mcusim: internal error: {type(error).__name__}: {error}\n"
        f"  This is a bug in mcusim {__version__}, not in your firmware or your command.\n"
        f"  fix: run the same command with MCUSIM_DEBUG=1 set and report the traceback to {_ISSUES},\n"
        "       with the firmware if you can share it"
    )
