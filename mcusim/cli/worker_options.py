"""Options that say where many runs are done: processes of this machine, or a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.cli import sweep_values
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _ArgumentGroup


def add_worker_options(parser: ArgumentParser | _ArgumentGroup) -> None:
    """--jobs and --scheduler, for commands that run many firmwares or many inputs."""
    parser.add_argument(
        "--jobs", metavar="N", type=sweep_values.process_count, default=1, help="processes on this machine"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask cluster's scheduler (tcp://host:8786): its workers run"
    )


def check_worker_options(arguments: Namespace) -> None:
    """Complain before anything is done.

    Raises:
        UsageError: both are given, or the address is none.
    """
    if arguments.scheduler is None:
        return
    if arguments.jobs > 1:
        raise UsageError(
            "--jobs and --scheduler contradict each other",
            why="the cluster has as many workers as were started for it",
            fix="leave out one of them",
        )
    from mcusim.scenarios.workers import check_scheduler

    check_scheduler(arguments.scheduler)
