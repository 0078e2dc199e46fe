"""The calling-context tree as frames with names for other tools, and costs as whole numbers; one format each elsewhere.

A layer of the network is a frame of its own, above the function that begins it ("layer 2 CONV_2D" above conv_2d_s8).
So a kernel that serves several layers is one function in every tool, and yet each layer can be seen and summed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mcusim.firmware.names import short_name
from mcusim.report.profile import CONTEXT, FUNCTION, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.recording.recording import Function
    from mcusim.report.network import LayerCost, Network
    from mcusim.report.profile import ProfileNode

LAYER = "layer"
UNKNOWN_CODE = "(unknown code)"
"""What a recording calls code that no function covers."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a tool shows as one function. What is none in the firmware has a name in brackets, or is a layer."""

    name: str
    kind: str
    """A kind of ProfileNode, or "layer"."""
    file: str = ""
    """As the compiler named it, else its last part; empty: unknown."""
    line_number: int = 0
    """Of the first instruction, from 1; 0: unknown."""
    addr: int = 0
    full_name: str = ""
    """Of a function, with C++'s arguments."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the calls. Places are depth first, so a parent is before its children."""

    frame_index: int
    parent_index: int
    calls_count: int = 0
    self_cycles: int = 0
    self_s: float = 0.0
    self_j: float = 0.0
    context: str = ""
    """Name of the root frame, without its brackets."""
    layer: str = ""
    """Name of the layer it is in; empty: none."""


@dataclass(frozen=True, slots=True)
class FrameTree:
    """All places of a run; their costs sum to the run's."""

    frames: tuple[Frame, ...]
    places: tuple[Place, ...]
    has_energy: bool

    def stacks(self) -> list[tuple[int, ...]]:
        """The frames from the root to each place."""
        found: list[tuple[int, ...]] = []
        for each in self.places:
            above = found[each.parent_index] if each.parent_index >= 0 else ()
            found.append((*above, each.frame_index))
        return found


def frame_tree(run: RecordedRun) -> FrameTree:
    """The tree of a run's profile, with frames for layers."""
    builder = _Builder(run)
    nodes = run.profile.nodes
    children: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        children.setdefault(node.parent_index, []).append(index)
    pending = [(index, -1) for index in reversed(children.get(-1, []))]
    while pending:
        index, parent_index = pending.pop()
        place = builder.add(nodes[index], parent_index)
        pending += [(child, place) for child in reversed(children.get(index, []))]
    return FrameTree(tuple(builder.frames), tuple(builder.places), run.profile.total_j is not None)


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole shares by weight; they sum to it. Without any weight all of it is the first one's."""
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)] if weights else []
    return _steps(Fraction(total * weight, whole) for weight in weights)


def whole_units(values: Iterable[float], per_unit: int) -> list[int]:
    """Seconds or joules as whole nano- or picounits; they sum to the rounded sum of the values."""
    return _steps(Fraction(value) * per_unit for value in values)


def _steps(values: Iterable[Fraction]) -> list[int]:
    """Each value as the step of the rounded running sum, so that no rounding adds up."""
    steps, before, running = [], 0, Fraction(0)
    for value in values:
        running += value
        steps.append(round(running) - before)
        before = round(running)
    return steps


class FunctionFrames:
    """A frame per function; those of equal name are told apart by file, or by address where that does not.

    Arguments are only shown where C++ functions differ in nothing else.
    """

    def __init__(self, run: RecordedRun) -> None:
        self._line_of = {each.addr: each for each in run.sources.lines}
        self._files = run.sources.files
        functions = run.recording.functions
        # An inlined copy is the function that it is a copy of, wherever it is.
        self._inlined = {(each.name, each.addr) for each in functions if each.host_index >= 0}
        own = {(each.name, each.source_file, each.addr) for each in functions if each.host_index < 0}
        self._files_by_name = Counter(name for name, _ in {(name, file) for name, file, _ in own})
        self._addrs_by_name = Counter((name, file) for name, file, _ in own)
        names = {each.name for each in functions}
        self._uses_of_short = Counter(short_name(each) for each in names)

    def frame_of(self, function: Function | ProfileNode) -> Frame:
        """A function's, or that of a place where it was called."""
        name, file, addr = function.name, function.source_file, function.addr
        shown = file
        line = self._line_of.get(addr)
        path = self._files[line.file_index] if line is not None else ""
        is_own_line = bool(path) and (not file or path.rpartition("/")[2] == file)
        if is_own_line:
            shown = path
        return Frame(
            name=self._told_apart(name, file, addr),
            kind=FUNCTION,
            file=shown,
            line_number=line.line_number if line is not None and is_own_line else 0,
            addr=addr,
            full_name=name,
        )

    def _told_apart(self, name: str, file: str, addr: int) -> str:
        more = [file] if file and self._files_by_name[name] > 1 else []
        is_copy = (name, addr) in self._inlined
        if not is_copy and (
            self._addrs_by_name[(name, file)] > 1 or (not file and self._files_by_name[name] > 1)
        ):
            more.append(f"0x{addr:08x}")
        short = short_name(name)
        shown = short if self._uses_of_short[short] <= 1 else name
        return f"{shown} ({', '.join(more)})" if more else shown


class _Builder:
    """Frames and places so far."""

    def __init__(self, run: RecordedRun) -> None:
        self.frames: list[Frame] = []
        self.places: list[Place] = []
        self._index_of: dict[tuple[str, str], int] = {}
        self._functions = FunctionFrames(run)
        self._kinds = {name: each.kind for each in run.recording.contexts for name in (each.name, each.root)}
        self._layers = LayerNames(run.report.network)

    def add(self, node: ProfileNode, parent_index: int) -> int:
        """The place of a node, below that of the layer that it begins."""
        parent = self.places[parent_index] if parent_index >= 0 else None
        frame = self._frame(node)
        layer = parent.layer if parent is not None else ""
        context = parent.context if parent is not None else frame.name.strip("[]")
        if node.layer_index >= 0:
            layer = self._layers.name_of(node.layer_index, node.name)
            parent_index = self._place(
                Place(
                    self._index(Frame(layer, LAYER)),
                    parent_index,
                    node.calls_count,
                    context=context,
                    layer=layer,
                )
            )
        return self._place(
            Place(
                frame_index=self._index(frame),
                parent_index=parent_index,
                calls_count=node.calls_count,
                self_cycles=node.self_cycles,
                self_s=node.self_s,
                self_j=node.self_j or 0.0,
                context=context,
                layer=layer,
            )
        )

    def _frame(self, node: ProfileNode) -> Frame:
        if node.kind == FUNCTION:
            return self._functions.frame_of(node)
        if node.kind == CONTEXT:
            kind = self._kinds.get(node.name, "")
            is_told = kind in ("", node.name) or node.name.startswith(f"{kind} ")
            return Frame(f"[{node.name}]" if is_told else f"[{kind} {node.name}]", CONTEXT)
        return Frame("[no function]" if node.kind == OTHER else f"[{node.kind}]", node.kind)

    def _index(self, frame: Frame) -> int:
        index = self._index_of.setdefault((frame.name, frame.kind), len(self.frames))
        if index == len(self.frames):
            self.frames.append(frame)
        return index

    def _place(self, place: Place) -> int:
        self.places.append(place)
        return len(self.places) - 1


class LayerNames:
    """What the frames of layers are called: as the report's rows."""

    def __init__(self, network: Network | None) -> None:
        self._rows: dict[int, list[LayerCost]] = {}
        for row in network.layers if network is not None else ():
            if row.kind == LAYER:
                self._rows.setdefault(row.index, []).append(row)

    def name_of(self, index: int, function: str) -> str:
        """Of the layer at a place in the inference that begins with a call of `function`."""
        rows = self._rows.get(index, [])
        row = next((each for each in rows if each.name == function), rows[0] if rows else None)
        if row is None:  # a step of a loop: its row is at the first place of the function
            row = next((each for own in self._rows.values() for each in own if each.name == function), None)
        if row is None:
            return f"layer {index} {short_name(function)}"
        return f"layer {row.index} {row.operator or short_name(row.name)}"
