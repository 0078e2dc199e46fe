"""Cycle models of the cores at zero wait states: `cost_model(core)` gives the one of a core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import unknown_name
from mcusim.timing.dual_issue import DualIssueModel
from mcusim.timing.limited_dual_issue import LimitedDualIssueModel
from mcusim.timing.numbers import (
    CoreTable,
    DualIssueNumbers,
    LimitedDualIssueNumbers,
    PipelineNumbers,
    TableNumbers,
    load_table,
)
from mcusim.timing.single_issue import SingleIssueModel
from mcusim.timing.table_driven import TableDrivenModel

if TYPE_CHECKING:
    from mcusim.provenance import Provenance
    from mcusim.timing.cost import CostModel

_TABLE_DRIVEN = ("cortex-m0", "cortex-m0plus")
_SINGLE_ISSUE = ("cortex-m3", "cortex-m4")
_LIMITED_DUAL_ISSUE = ("cortex-m33",)
_DUAL_ISSUE = ("cortex-m7",)
CORES = _TABLE_DRIVEN + _SINGLE_ISSUE + _LIMITED_DUAL_ISSUE + _DUAL_ISSUE


def cost_model(core: str) -> CostModel:
    """The pipeline model of `core` ("cortex-m4", …).

    Raises:
        UnknownNameError: there is no model of that core.
        DataFileError: its table of numbers is damaged.
    """
    if core in _TABLE_DRIVEN:
        return TableDrivenModel(load_table(core, TableNumbers).numbers)
    if core in _SINGLE_ISSUE:
        return SingleIssueModel(load_table(core, PipelineNumbers).numbers)
    if core in _LIMITED_DUAL_ISSUE:
        return LimitedDualIssueModel(load_table(core, LimitedDualIssueNumbers).numbers)
    if core in _DUAL_ISSUE:
        return DualIssueModel(load_table(core, DualIssueNumbers).numbers)
    raise unknown_name("core", core, CORES)


def number_provenance(core: str) -> tuple[tuple[str, Provenance], ...]:
    """How we know each number of the core's table, by the number's name.

    Raises:
        UnknownNameError: there is no model of that core.
    """
    table: (
        CoreTable[TableNumbers]
        | CoreTable[PipelineNumbers]
        | CoreTable[LimitedDualIssueNumbers]
        | CoreTable[DualIssueNumbers]
    )
    if core in _TABLE_DRIVEN:
        table = load_table(core, TableNumbers)
    elif core in _SINGLE_ISSUE:
        table = load_table(core, PipelineNumbers)
    elif core in _LIMITED_DUAL_ISSUE:
        table = load_table(core, LimitedDualIssueNumbers)
    elif core in _DUAL_ISSUE:
        table = load_table(core, DualIssueNumbers)
    else:
        raise unknown_name("core", core, CORES)
    return table.provenance_by_name
