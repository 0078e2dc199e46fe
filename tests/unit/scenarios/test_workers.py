"""Work gives the same results wherever it is done, and a worker that ends costs nothing but time."""

from __future__ import annotations

import operator
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest
from distributed import Client, LocalCluster

from mcusim import __version__
from mcusim.board.load import load_board
from mcusim.errors import UnknownNameError, UsageError
from mcusim.report.request import RunRequest
from mcusim.scenarios import workers as door
from mcusim.scenarios.sweep_plan import SweepWish
from mcusim.scenarios.sweep_run import run_sweep
from mcusim.scenarios.workers import LostWorkError, check_scheduler, workers
from mcusim.shipped import shipped_dir
from tests.machine.firmware import Firmware

BOARDS = "nucleo_l4r5zi,nucleo_u575zi_q"
LOOP = """
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b500        push  {lr}
    f000 f801   bl    inference
    bd00        pop   {pc}
inference:
    20ff        movs  r0, #255
    0300        lsls  r0, r0, #12
.again:
    3801        subs  r0, #1
    d1fd        bne   .again
    4770        bx    lr
"""
"""Takes about a second of the host's time, and ends by itself."""


def local_cluster(workers_count: int = 2):
    no_dashboard = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    return LocalCluster(
        n_workers=workers_count, threads_per_worker=1, memory_limit=None, scheduler_kwargs=no_dashboard
    )


@contextmanager
def listening(answer: bytes | None):
    """The address of something that is no scheduler."""
    with socket.socket() as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        answered = pool.submit(_answer_once, listener, answer) if answer is not None else None
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        if answered is not None:
            answered.result()


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(answer)


@pytest.fixture(scope="module")
def scheduler():
    """A cluster that somebody else has started: its workers stand in another folder than the tests."""
    with local_cluster() as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def own_scheduler():
    """A cluster that one test may spoil."""
    with local_cluster() as cluster:
        yield cluster.scheduler_address


def own_board(folder: Path) -> Path:
    """A user's board file with a chip file and a power model beside it."""
    board = (shipped_dir("boards") / "nucleo_l4r5zi.toml").read_text(encoding="utf-8")
    board = board.replace('name = "nucleo_l4r5zi"', 'name = "mine"')
    for key, kind in (("chip", "boards/chips"), ("power_model", "power_models")):
        line = next(each for each in board.splitlines() if each.startswith(f"{key} "))
        top, _, below = kind.partition("/")
        shipped = line.partition('"')[2].partition('"')[0]
        source = shipped_dir(top) / below / f"{shipped}.toml"
        (folder / f"my_{key}.toml").write_bytes(source.read_bytes())
        board = board.replace(line, f'{key} = "my_{key}.toml"')
    path = folder / "mine.toml"
    path.write_text(board, encoding="utf-8")
    return path


def small_sweep(*boards: str, firmware: Path) -> SweepWish:
    """Three runs for each board: cycles depend on the wait states."""
    base = RunRequest(firmware, boards[0], roi="inference", needs_layers=False)
    settings = (("flash.wait_states", (2, 3, 4)),)
    return SweepWish(base, boards, dict.fromkeys(boards, firmware), settings=settings)


@pytest.fixture
def firmware(tmp_path, monkeypatch):
    """A firmware in the folder that the test stands in, as a relative path."""
    monkeypatch.chdir(tmp_path)
    path = Path("loop.elf")
    path.write_bytes(Firmware(LOOP).elf())
    return path


def test_results_come_in_the_order_of_the_items():
    """The first takes longest."""
    items = [partial(time.sleep, 0.6), *(partial(pow, 2, number) for number in range(1, 9))]

    with workers(2) as crew:
        found = list(crew.map(operator.call, items))

    assert [None, *(2**number for number in range(1, 9))] == found


@pytest.mark.parametrize("jobs_count", [1, 2])
def test_an_error_of_one_item_is_its_result(jobs_count):
    with workers(jobs_count) as crew:
        first, second = crew.map(load_board, ["nucleo_f446re", "nucleo_f446er"])

    assert "nucleo_f446re" == first.name
    assert isinstance(second, UnknownNameError)
    assert "did you mean 'nucleo_f446re'" in second.fix


def test_an_item_that_ends_every_process_is_given_up_and_the_others_are_done():
    """os._exit ends the process as the system does that runs out of memory."""
    items = [partial(pow, 2, 3), partial(os._exit, 9), partial(pow, 3, 2), partial(pow, 5, 2)]

    with workers(2) as crew:
        first, lost, *others = crew.map(operator.call, items)

    assert [8, 9, 25] == [first, *others]
    assert isinstance(lost, LostWorkError)
    assert "the process that ran this ended 4 times" in str(lost)
    assert "memory" in lost.why


def test_a_worker_that_is_killed_changes_no_row_of_a_sweep(firmware):
    """From outside, while it is in the midst of the third run."""
    wish = small_sweep("nucleo_l4r5zi", firmware=firmware)
    killed = []

    def kill_one(done_count, most_count):
        if not killed:
            children = [
                each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())
            ]
            killed.append(children[-1])
            children[-1].kill()

    expected = run_sweep(wish)

    assert expected == run_sweep(wish, jobs_count=2, progress=kill_one)
    assert 1 == len(killed)


def test_ctrl_c_ends_a_sweep_at_once_and_leaves_nothing(tmp_path):
    """A terminal sends it to all processes of the command; only the first one says something."""
    command = [sys.executable, "-m", "mcusim", "sweep", "digits_cnn", "--board", BOARDS, "--jobs", "2"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, cwd=tmp_path
    ) as sweep:
        children = []
        while (
            len(children) < 3 and sweep.poll() is None
        ):  # two workers and the resource tracker of multiprocessing
            time.sleep(0.05)
            children = psutil.Process(sweep.pid).children(recursive=True)
        os.killpg(sweep.pid, signal.SIGINT)
        _, said = sweep.communicate(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=10)

    assert b"mcusim: interrupted\n" == said
    assert 130 == sweep.returncode
    assert [] == alive


def test_a_cluster_without_our_disk_gives_the_same_sweep(firmware, scheduler, tmp_path):
    """Firmware and board are named by relative paths, which mean nothing where the workers stand."""
    own_board(tmp_path)
    wish = small_sweep("mine.toml", "nucleo_l4r5zi", firmware=firmware)

    expected = run_sweep(wish)

    assert expected == run_sweep(wish, scheduler=scheduler)
    assert 6 == sum(row.result is not None for row in expected.rows)


def test_the_error_of_a_worker_names_the_file_as_the_user_did(scheduler, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("wrong.toml").write_text('name = "wrong"\n', encoding="utf-8")

    with workers(1, scheduler) as crew:
        (there,) = crew.map(load_board, ["wrong.toml"])
    with workers(1) as crew:
        (here,) = crew.map(load_board, ["wrong.toml"])

    assert str(here) == str(there)
    assert "wrong.toml" in str(there)


def test_a_cluster_goes_on_after_we_have_used_it(scheduler):
    for _ in range(2):
        with workers(1, scheduler) as crew:
            assert [8] == list(crew.map(operator.call, [partial(pow, 2, 3)]))


@pytest.mark.parametrize("answer", [None, b"", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])
def test_something_else_that_listens_there_is_an_error(answer, monkeypatch):
    """It is silent, hangs up, or speaks another protocol."""
    monkeypatch.setattr(door, "CONNECT_S", 1.0)

    with (
        listening(answer) as address,
        pytest.raises(UsageError, match="no Dask scheduler answers at tcp://"),
        workers(1, address),
    ):
        pass


def test_a_scheduler_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setattr(door, "CONNECT_S", 1.0)
    with listening(None) as address:
        pass

    with pytest.raises(UsageError, match="no Dask scheduler answers at tcp://"), workers(1, address):
        pass


def test_a_scheduler_without_workers_is_an_error(monkeypatch):
    monkeypatch.setattr(door, "CONNECT_S", 0.5)

    with (
        local_cluster(0) as cluster,
        pytest.raises(UsageError, match="has no workers"),
        workers(1, cluster.scheduler_address),
    ):
        pass


def test_workers_with_another_version_are_refused(own_scheduler):
    spoil = "from mcusim.scenarios import parcels; parcels.__version__ = '0.0.1'"
    with Client(own_scheduler, set_as_default=False) as client:
        client.run(exec, spoil, {})

    with pytest.raises(UsageError, match="another mcusim") as caught, workers(1, own_scheduler):
        pass

    assert f"it has 0.0.1, this is {__version__}" in caught.value.why


def test_workers_without_mcusim_are_refused(own_scheduler):
    """None in sys.modules makes an import fail as if the module were not there (Python Language Reference, 5.3.1)."""
    with Client(own_scheduler, set_as_default=False) as client:
        client.run(exec, "import sys; sys.modules['mcusim.scenarios.parcels'] = None", {})

    with pytest.raises(UsageError, match="a worker lacks"), workers(1, own_scheduler):
        pass


@pytest.mark.parametrize(
    "address", ["tcp://host:8786", "host:8786", "tls://10.0.0.7:443", "tcp://[::1]:8786"]
)
def test_these_are_addresses(address):
    check_scheduler(address)


@pytest.mark.parametrize("address", ["", "host", "tcp://host", "8786", "tcp://host:port", "a b:1"])
def test_these_are_no_addresses(address):
    with pytest.raises(UsageError, match="no address of a Dask scheduler"):
        check_scheduler(address)
