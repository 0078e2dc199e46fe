"""A network as a run saw it: its layers and its working memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcusim.report.quantity import Band, Number


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One layer of the network, per inference. The rows of all kinds sum to the inference's cycles."""

    index: int
    """Place in the sequence of an inference, from 0; -1 on the rows that complete the sum."""
    kind: str
    """"layer", or a row that completes the sum: "between" (the runtime itself), "interrupts", "sleep", "other"."""
    operator: str
    """The runtime's name of the operation (TensorFlow Lite: "CONV_2D"); empty when it has none."""
    name: str
    """What the firmware calls this layer: its function, or its name in the model."""
    kernel: str
    """The function at or below it that took most of its time."""
    source_file: str
    calls_count: Number = field(metadata={"json": "calls"})
    """Mean per inference."""
    cycles: Number
    """Mean per inference, with everything it called."""
    share_ratio: float
    energy_j: Band | None
    input_shapes: tuple[tuple[int, ...], ...] = ()
    """Of the activations, then of constant operands, where the firmware holds the model; empty where it does not."""
    output_shapes: tuple[tuple[int, ...], ...] = ()
    macs_count: int | None = field(default=None, metadata={"json": "macs"})
    """Multiplications of the layer's definition, where it has such a number and the shapes are known."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network as its layers, and how it was recognised."""

    runtime: str
    """"TensorFlow Lite Micro", "TinyMaix" …; empty: unknown, and the layers are the direct children of the function."""
    inference_function: str
    model: str
    """The model that the firmware holds, by the symbol or address of its data; empty where none was found."""
    layers: tuple[LayerCost, ...]
    wrapped_function: str = ""
    """The function whose callees are the layers, where the inference function only wraps it; empty: it does not."""


@dataclass(frozen=True, slots=True)
class Arena:
    """A runtime's working memory, and what of it was used."""

    name: str
    addr: int
    size_bytes: int
    touched_bytes: int | None
    """Read or written within inferences; None when not asked for."""
    needed_bytes: int | None
    """The size without what nothing touched from `main` on, in stretches of 64 bytes or more: about what would do;
    None when not asked for."""
