"""A baseline as a report, so that what compares reports compares baselines too; what the file lacks is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.report.built import FedInput
from mcusim.report.network import LayerCost, Network
from mcusim.report.quantity import Band
from mcusim.report.report import (
    SCHEMA_VERSION,
    ClockPhase,
    EnergyBasis,
    FirmwareId,
    Flash,
    FunctionCost,
    Inference,
    KernelCost,
    Ram,
    Report,
    SectionUse,
    StopInfo,
    Totals,
)

if TYPE_CHECKING:
    from mcusim.pytest_plugin.json_reader import JsonObject
    from mcusim.report.quantity import Number

_FUNCTION = "function"


def report_of(top: JsonObject) -> Report:
    """The report that holds what the baseline does.

    Raises:
        DataFileError: a key is missing or of the wrong kind.
    """
    run, inference = top.child("run"), _inference(top)
    kernels, functions = _kernels(top, inference.cycles or 0)
    return Report(
        schema=SCHEMA_VERSION,
        mcusim_version=top.text("mcusim_version"),
        firmware=FirmwareId(top.text("firmware"), ""),
        board=run.text("board"),
        board_title="",
        core=run.text("core"),
        clock_hz=run.whole("clock_hz"),
        supply_v=run.number("supply_v"),
        totals=Totals(0, 0, 0, 0, 0.0, None),
        inference=inference,
        ram=_ram(top.child("ram")),
        flash=_flash(top.child("flash")),
        functions=functions,
        kernels=kernels,
        variables=(),
        console="",
        console_channels=(),
        warnings=(),
        stop=StopInfo(run.text("stop"), "", 0, 0, None),
        reasons=(),
        counters=(),
        contexts=(),
        phases=_phases(run),
        unmodelled=(),
        polls=(),
        energy=_energy_basis(run),
        network=_network(top, inference.function),
        temp_c=run.signed("temp_c"),
        what_if=run.texts("what_if"),
        calibrations=run.texts("calibrations"),
        inputs=tuple(
            FedInput(each.text("option"), each.text("target"), each.text("name"), 0, each.text("sha256"))
            for each in top.children("inputs")
        ),
    )


def _phases(run: JsonObject) -> tuple[ClockPhase, ...]:
    if not run.has("flash_wait_cycles"):
        return ()
    is_prefetch_on, is_cache_on = run.boolean("prefetch"), run.boolean("instruction_cache")
    clock_hz, wait_cycles = run.whole("clock_hz"), run.whole("flash_wait_cycles")
    return (ClockPhase(0, clock_hz, wait_cycles, is_prefetch_on, is_cache_on, 0, 0, 0),)


def _inference(top: JsonObject) -> Inference:
    run, totals = top.child("run"), top.child("totals")
    has_cycles = totals.has("cycles")
    ends = [totals.whole(key) if totals.has(key) else None for key in ("cycles_min", "cycles_max")]
    return Inference(
        function=run.text("region"),
        kind=run.text("region_kind"),
        calls_count=run.whole("calls"),
        is_complete=True,
        cycles=totals.number("cycles") if has_cycles else None,
        min_cycles=ends[0],
        max_cycles=ends[1],
        cycles_error_percent=0.0,
        low_cycles=None,
        high_cycles=None,
        latency_s=totals.number("latency_ms") / 1e3 if totals.has("latency_ms") else None,
        low_s=None,
        high_s=None,
        cycles_basis="",
        energy_j=_energy(totals),
    )


def _energy(totals: JsonObject) -> Band | None:
    if not totals.has("energy_uj"):
        return None
    band = totals.child("energy_uj")
    value, low, high = (band.number(key) / 1e6 for key in ("value", "low", "high"))
    return Band(value, low, high, band.text("basis"))


def _energy_basis(run: JsonObject) -> EnergyBasis | None:
    model = run.text("power_model")
    return EnergyBasis(model, run.number("supply_v"), "", (), (), model_file=model) if model else None


def _ram(ram: JsonObject) -> Ram:
    return Ram(
        static_bytes=ram.whole("static_bytes"),
        peak_stack_bytes=ram.whole("stack_bytes"),
        peak_heap_bytes=ram.whole("heap_bytes"),
        peak_bytes=ram.whole("peak_bytes"),
        available_bytes=0,
        touched_bytes=None,
        heap_source=ram.text("heap_source"),
        stacks=(),
        sections=_sections(ram.child("sections")),
    )


def _flash(flash: JsonObject) -> Flash:
    return Flash(flash.whole("used_bytes"), 0, _sections(flash.child("sections")))


def _sections(sections: JsonObject) -> tuple[SectionUse, ...]:
    return tuple(SectionUse(name, 0, sections.whole(name)) for name in sections.names())


def _network(top: JsonObject, function: str) -> Network | None:
    rows = top.children("layers")
    if not rows:
        return None
    return Network("", function, "", tuple(_layer(each) for each in rows))


def _layer(row: JsonObject) -> LayerCost:
    is_layer = row.has("layer")
    return LayerCost(
        index=row.whole("layer") if is_layer else -1,
        kind="layer" if is_layer else row.text("kind"),
        operator=row.text("operator"),
        name=row.text("name"),
        kernel=row.text("kernel"),
        source_file="",
        calls_count=row.number("calls"),
        cycles=row.number("cycles"),
        share_ratio=0.0,
        energy_j=None,
    )


def _kernels(
    top: JsonObject, region_cycles: Number
) -> tuple[tuple[KernelCost, ...], tuple[FunctionCost, ...]]:
    """The kernels, and the functions that they are: where the reasons stand."""
    kernels, functions = [], []
    for row in top.children("kernels"):
        name, file = row.text("kernel"), row.text("file") if row.has("file") else ""
        kind = row.text("kind") if row.has("kind") else _FUNCTION
        cycles, calls = row.number("cycles"), row.number("calls")
        share = cycles / region_cycles if region_cycles else 0.0
        kernels.append(KernelCost(name, file, kind, calls, cycles, row.number("inclusive"), share, None))
        if row.has("run_reasons"):
            reasons = row.child("run_reasons")
            pairs = tuple((reason, reasons.signed_whole(reason)) for reason in reasons.names())
            total = sum(each for _, each in pairs)
            functions.append(FunctionCost(name, 0, file, 0, total, total, None, pairs))
    return tuple(kernels), tuple(functions)
