"""The Markdown report as GitHub shows it: whole tables, and no markup out of a firmware's names."""

from __future__ import annotations

import re
from dataclasses import replace

from mcusim.render.markdown import render
from mcusim.report.report import FaultInfo


def text_of(run) -> str:
    return render(run).decode()


def test_every_row_of_a_table_has_as_many_cells_as_its_heading(recorded_run):
    """A bar within a cell has to be escaped (GitHub Flavored Markdown, "Tables")."""
    report = recorded_run.report
    kernels = (replace(report.kernels[0], name="operator|(int)"), *report.kernels[1:])

    text = text_of(replace(recorded_run, report=replace(report, kernels=kernels)))

    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert len(set(cells)) == 1
    assert r"operator\|" in text


def test_the_summary_says_what_counts(recorded_run):
    text = text_of(recorded_run)

    assert "| Latency | 25.62 µs" in text  # as on the screen: tests/unit/cli/test_run.py
    assert "| Peak RAM |" in text
    assert "| Energy |" in text
    assert "(exit) |" in text


def test_warnings_and_sources_are_listed(recorded_run):
    report = replace(recorded_run.report, warnings=("one *warning*",))

    text = text_of(replace(recorded_run, report=report))

    assert "### Warnings\n\n- one \\*warning\\*\n" in text
    assert f"- Firmware SHA-256 {'ab' * 32}\n" in text
    assert f"- Cycles ±{report.inference.cycles_error_percent:g} %: {report.inference.cycles_basis}\n" in text


def test_names_become_no_markup(recorded_run):
    """Underscores within a word are none; at its edge they are emphasis (CommonMark 0.31, 6.2)."""
    report = recorded_run.report
    names = ("_start_", "<img src=x>", "[link](http://x)", "a_b_c\n# heading")
    kernels = tuple(
        replace(each, name=name, source_file="") for each, name in zip(report.kernels, names, strict=False)
    )

    text = text_of(replace(recorded_run, report=replace(report, kernels=kernels)))

    assert r"| \_start\_ |" in text
    assert r"\<img src=x\>" in text
    assert r"\[link\]" in text
    assert "\n# heading" not in text


def test_a_fault_and_a_what_if_are_on_top(recorded_run):
    fault = FaultInfo("HardFault", "bad address", 0, (), 0, 0, 0, 0, (), (), "")
    report = recorded_run.report
    changed = replace(report, stop=replace(report.stop, fault=fault), what_if=("flash.wait_states=0",))

    head = text_of(replace(recorded_run, report=changed)).partition("| --- |")[0]

    assert "**HardFault: bad address**" in head
    assert "flash.wait_states=0" in head


def test_what_is_not_shown_is_summed(recorded_run):
    """Ten kernels are shown."""
    report = recorded_run.report
    kernels = tuple(
        replace(report.kernels[0], name=f"k{n}", self_cycles=n, share_ratio=0.05) for n in range(13)
    )

    text = text_of(replace(recorded_run, report=replace(report, kernels=kernels)))

    assert "| k9 |" in text
    assert "| k10 |" not in text
    assert "| 3 more |  | 33 | 15.0% |" in text  # 10 + 11 + 12
