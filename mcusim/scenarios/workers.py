"""Where the runs of a sweep or an evaluation are done: here, in processes of this machine, or on a Dask cluster.

The only user of dask and distributed. Results come in the order of the items and do not depend on where they were made.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import time
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mcusim import __version__
from mcusim.errors import McusimError, UsageError
from mcusim.scenarios.parcels import Identity, Parcel, check_identity, own_identity, pack, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECT_S = 10.0
"""So long a scheduler may take to answer, and so long it may be without workers at first."""
_ALL_GONE_S = 60.0
"""So long a cluster may be without workers in the midst of the work: batch systems bring new ones."""
_LOOK_S = 2.0
_FETCH_S = 20.0
"""So long a result may be on its way."""
_SHORT_S = 15.0
"""So long a worker may take to be back."""
_ADDRESS = re.compile(r"(?:[a-z]+://)?[^\s/:]+:\d+|(?:[a-z]+://)\[[0-9a-fA-F:]+\]:\d+")
_TRIES_COUNT = 3
"""So many more processes may end while they work on one item: one can be somebody's mistake, four are the item's."""
_SETTINGS: dict[str, object] = {
    "distributed.scheduler.allowed-failures": _TRIES_COUNT,
    "distributed.scheduler.worker-ttl": None,  # a run that holds the interpreter's lock is no dead worker
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
_HAS_MCUSIM = f"__import__('importlib.util').util.find_spec('{own_identity.__module__}') is not None"
_NO_DASHBOARD = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
"""A scheduler always has an HTTP server; without these it is at port 8787, where somebody's own may be."""


class LostWorkError(McusimError):
    """All processes that worked on an item ended before they were done."""


class Workers(Protocol):
    """Does work item by item."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result | McusimError]:
        """What `function`, which a module must define, returns for each item, in their order.

        A McusimError that it raises is the item's result, as is a LostWorkError where the process that did it ended
        several times.
        """
        ...


@contextmanager
def workers(jobs_count: int, scheduler: str | None = None) -> Iterator[Workers]:
    """Workers in this process (one job), in as many others of this machine, or those of the scheduler's cluster.

    Raises:
        UsageError: the scheduler does not answer, has no workers, or they have another mcusim.
    """
    if scheduler is not None:
        with _quiet(), _connected(scheduler) as client:
            yield _Cluster(client, None)
    elif jobs_count <= 1:
        yield _Here()
    else:
        with _quiet(), _local(jobs_count) as crew:
            yield crew


def check_scheduler(address: str) -> None:
    """Complain about an address that is none, before anything is done.

    Raises:
        UsageError: it is not like tcp://host:8786.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"'{address}' is no address of a Dask scheduler",
            fix="write it like tcp://host:8786, as the scheduler says it when it starts",
        )


class _Here:
    """One item after the other, each when its result is asked for."""

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result | McusimError]:
        return (_outcome(function, item) for item in items)


class _Cluster:
    """The workers that a client reaches.

    No more items are handed out than there are threads: when a worker ends, distributed counts that against every item
    that waits at it, too, and items that wait nowhere cannot be blamed for what another one did.
    """

    def __init__(self, client: Any, refill: Callable[[], None] | None) -> None:
        """`refill` starts workers in place of lost ones, here; None: they are on other machines."""
        self._client, self._refill = client, refill

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result | McusimError]:
        waiting = deque(enumerate(items))
        running: dict[Any, int] = {}
        done: dict[int, Result | McusimError] = {}
        next_number = 0
        try:
            while waiting or running or done:
                while waiting and len(running) < self._threads_count():
                    number, item = waiting.popleft()
                    running[self._submitted(function, item)] = number
                for future in self._finished(list(running)):
                    with suppress(
                        TimeoutError
                    ):  # it was lost with its worker before it was fetched, and is made again
                        done[running[future]] = _result_of(future)
                        del running[future]
                while next_number in done:
                    yield done.pop(next_number)
                    next_number += 1
        finally:
            if running:
                self._client.cancel(list(running))

    def _submitted(self, function: Callable[[Item], Result], item: Item) -> Any:
        if self._refill is None:
            return self._client.submit(_outcome_of_parcel, function, pack(item), own_identity(), pure=False)
        return self._client.submit(_outcome, function, item, pure=False)

    def _threads_count(self) -> int:
        return max(1, int(sum(self._client.nthreads().values())))

    def _finished(self, running: list[Any]) -> list[Any]:
        """At least one of the futures; the others go on."""
        from distributed import wait

        last_seen_s = time.monotonic()
        while True:
            try:
                with self._client.as_current():
                    return list(wait(running, timeout=_LOOK_S, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                now_s = time.monotonic()
            if self._client.status != "running":
                raise _lost_scheduler()
            if self._refill is not None:
                self._refill()
            if self._client.nthreads():
                last_seen_s = now_s
            elif now_s - last_seen_s > _ALL_GONE_S:
                raise UsageError(
                    "the cluster has lost all its workers",
                    why=f"for {_ALL_GONE_S:.0f} s none came back",
                    fix="start workers, then run the same command again",
                )


def _outcome(function: Callable[[Item], Result], item: Item) -> Result | McusimError:
    """In whatever process; errors come back as values."""
    try:
        return function(item)
    except McusimError as error:
        return error


def _outcome_of_parcel(
    function: Callable[[Item], Result], parcel: Parcel, identity: Identity
) -> Result | McusimError:
    """On a worker that may have come after the others were looked at."""
    check_identity(own_identity(), identity)
    outcome: Result | McusimError = unpacked(parcel, lambda item: _outcome(function, item))
    return outcome


def _result_of(future: Any) -> Any:
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    try:
        return future.result(timeout=_FETCH_S)
    except KilledWorker:
        return LostWorkError(
            f"the process that ran this ended {_TRIES_COUNT + 1} times",
            why="something ended it from outside, most likely because it needed more memory than there is",
            fix="run it with fewer processes at a time, or on a machine with more memory",
        )
    except CancelledError as error:
        raise _lost_scheduler() from error


def _lost_scheduler() -> UsageError:
    return UsageError(
        "the scheduler of the cluster has gone",
        why="the connection ended in the midst of the work",
        fix="start it again, then run the same command again",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's own words about workers that come and go are not for the user of mcusim."""
    import dask
    import distributed  # noqa: F401 - sets its log levels when it is first imported

    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        with dask.config.set(_SETTINGS):
            yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


@contextmanager
def _local(jobs_count: int) -> Iterator[_Cluster]:
    """Fresh processes, started again when they end; no limit of memory below what the machine has."""
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        with _deaf_to_interrupts():
            cluster = LocalCluster(
                n_workers=jobs_count,
                threads_per_worker=1,
                processes=True,
                scheduler_kwargs=_NO_DASHBOARD,
                memory_limit=None,
                silence_logs=logging.CRITICAL + 1,
            )
            stack.enter_context(cluster)
        client = stack.enter_context(Client(cluster, set_as_default=False))
        yield _Cluster(client, _refilling(cluster, client, jobs_count))


def _refilling(cluster: Any, client: Any, jobs_count: int) -> Callable[[], None]:
    """Distributed itself starts a worker again, but not one that ended before it had heard that it had begun."""
    full_s = time.monotonic()

    def refill() -> None:
        nonlocal full_s
        missing = jobs_count - len(client.nthreads())
        if missing <= 0:
            full_s = time.monotonic()
        elif time.monotonic() - full_s > _SHORT_S:
            cluster.scale(len(cluster.workers) + missing)
            full_s = time.monotonic()

    return refill


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C reaches all processes of a terminal, and only this one is to answer it: threads and processes that begin
    in here never do, and it does when it knows what to end. Until then the signal waits.
    """
    resource_tracker.ensure_running()  # it lets signals through again where it is started while they are blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _connected(scheduler: str) -> Iterator[Any]:
    from distributed import Client

    check_scheduler(scheduler)
    try:
        asyncio.run(asyncio.wait_for(_try_to_reach(scheduler), CONNECT_S))
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (
        OSError,
        TimeoutError,
        ValueError,
        MemoryError,
    ) as error:  # another protocol's words are taken for a length
        raise UsageError(
            f"no Dask scheduler answers at {scheduler}",
            why=f"none did within {CONNECT_S:.0f} s",
            fix="start one (dask scheduler), or correct the address",
        ) from error
    with client:
        _check_workers(client, scheduler)
        yield client


def _answers(client: Any) -> dict[str, bool]:
    """Whether each worker has what our own functions are in; asked in words that need none of them."""
    try:
        answers: dict[str, bool] = client.run(eval, _HAS_MCUSIM)
    except ModuleNotFoundError as error:
        raise _lacking(str(error)) from error
    return answers


def _lacking(why: str) -> UsageError:
    return UsageError(
        "a worker lacks what it needs",
        why=why,
        fix=f"install mcusim {__version__} on all workers, with pip as here",
    )


async def _try_to_reach(scheduler: str) -> None:
    """Whether a scheduler speaks there; a client alone waits for ever for something else that listens and is silent."""
    from distributed.comm import connect
    from distributed.security import Security

    arguments = Security().get_connection_args("client")
    comm = await connect(scheduler, timeout=CONNECT_S, **arguments)
    await comm.close()


def _check_workers(client: Any, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except TimeoutError as error:
        raise UsageError(
            f"the scheduler at {scheduler} has no workers",
            fix=f"start some: dask worker {scheduler}",
        ) from error
    if not all(_answers(client).values()):
        raise _lacking("there is no mcusim, or a much older one")
    identities = client.run(own_identity)
    for address in sorted(identities):
        check_identity(identities[address], own_identity())
