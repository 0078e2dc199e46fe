"""Runs whose pages the tests look at: one with every section, full of names that would break out of a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.recorded.run import RecordedRun
from mcusim.report.built import BuiltFrom
from mcusim.report.network import Arena
from mcusim.report.pins import PinEdge, PinTrace
from mcusim.report.report import (
    BacktraceFrame,
    ConsoleText,
    FaultInfo,
    Poll,
    StopInfo,
    UnmodelledRegister,
)
from tests.export_factory import rich_run

ATTACK = '</script><img src=x onerror="alert(1)">'
"""A name that a firmware's author may choose."""

FAULT = FaultInfo(
    kind="HardFault",
    what="read of 0x40FF0000, where nothing is",
    pc_addr=0x0800_0404,
    registers=(("r0", 1), ("pc", 0x0800_0404)),
    cfsr=0x8200,
    hfsr=0x4000_0000,
    bfar=0x40FF_0000,
    mmfar=0,
    decoded=("PRECISERR: precise data bus error",),
    backtrace=(BacktraceFrame(0x0800_0404, ATTACK, "conv.c:12"),),
    hint="is the peripheral's clock on?",
)


@pytest.fixture
def plain_run(recording, image, board, power_model, run_request) -> RecordedRun:
    """The hand-made run of the exports' tests."""
    return rich_run(recording, image, board, power_model, run_request)


@pytest.fixture
def run_without_model(recording, image, board, run_request) -> RecordedRun:
    """The same on a board without a power model."""
    return rich_run(recording, image, board, None, run_request)


@pytest.fixture
def hostile_run(plain_run) -> RecordedRun:
    """Every text that a firmware, a user's file or a device could bring is an attack; every section has content."""
    return replace(
        plain_run, report=hostile(plain_run.report), profile=_profile(plain_run), history=_history(plain_run)
    )


def hostile(report):
    functions = tuple(
        replace(each, name=f"{ATTACK}{index}", source_file=ATTACK)
        for index, each in enumerate(report.functions)
    )
    kernels = tuple(replace(each, name=ATTACK, source_file=ATTACK) for each in report.kernels)
    layers = tuple(
        replace(each, name=ATTACK, operator=ATTACK, kernel=ATTACK) for each in report.network.layers
    )
    return replace(
        report,
        firmware=replace(report.firmware, path=f"build/{ATTACK}.elf", build_id=ATTACK),
        board_title=ATTACK,
        functions=functions,
        kernels=kernels,
        network=replace(report.network, layers=layers, model=ATTACK, runtime=ATTACK),
        contexts=tuple(replace(each, name=ATTACK) for each in report.contexts),
        warnings=(ATTACK,),
        what_if=(ATTACK,),
        calibrations=(ATTACK,),
        variables=((ATTACK, ATTACK),),
        console_channels=(ConsoleText(ATTACK, f"{ATTACK}\n\x1b[31mred\ttab\n"),),
        unmodelled=(UnmodelledRegister(0x4000_0000, ATTACK, 1, 2, ATTACK),),
        polls=(Poll(0x4000_0000, 2, 0x0800_0100, 2, ATTACK, ATTACK, (ATTACK,)),),
        arenas=(Arena(ATTACK, 0x2000_0100, 512, 400, 300),),
        pins=(PinTrace(ATTACK, (PinEdge(100, 1e-6, True),), 1, 1e-6),),
        built=BuiltFrom(ATTACK, "", ATTACK, ATTACK, 1, 1, 1),
        ram=replace(report.ram, sections=tuple(replace(each, name=ATTACK) for each in report.ram.sections)),
        energy=replace(report.energy, notes=(ATTACK,), covers=ATTACK, uncounted_peripherals=(ATTACK,)),
        stop=StopInfo("fault", ATTACK, 0x0800_0404, 1, FAULT),
    )


def _profile(run):
    nodes = tuple(replace(each, name=ATTACK, source_file=ATTACK) for each in run.profile.nodes)
    return replace(run.profile, nodes=nodes)


def _history(run):
    spans = tuple(replace(each, name=ATTACK) for each in run.history.spans)
    power = tuple(replace(each, state=ATTACK) for each in run.history.power)
    return replace(run.history, spans=spans, power=power)
