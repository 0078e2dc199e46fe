"""The models that a firmware holds in its constant data, found by the marks of their formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.image import SymbolKind
from mcusim.firmware.models.model import DamagedModelError, Model, ModelLayer
from mcusim.firmware.runtimes import ModelFormat, runtimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcusim.firmware.image import Image

__all__ = ["Model", "ModelLayer", "find_models"]

_MOST_CANDIDATES = 256
_MOST_MODELS = 16
"""More marks than this are a coincidence of bytes; a firmware with more models is not shown all of them."""


def find_models(image: Image, runtime: str) -> tuple[Model, ...]:
    """The models in the image's data that the runtime can run, by address; those of any format when it is unknown.

    Bytes that carry a format's mark but are no whole model are passed over.
    """
    tables = _layer_tables(image)
    if tables:
        return tables
    known = next((each for each in runtimes() if each.name == runtime), None)
    formats = known.model_formats if known else tuple(ModelFormat)
    found: dict[int, Model] = {}
    for model_format in formats:
        reader = _reader(model_format)
        for addr, data in _candidates(image, *_MARKS[model_format]):
            if addr in found or len(found) == _MOST_MODELS:
                continue
            try:
                layers = reader(data)
            except DamagedModelError:
                continue
            if layers:
                size_bytes = _size_bytes(image, addr, model_format, data)
                found[addr] = Model(_name_at(image, addr), layers, addr, size_bytes)
    return tuple(model for _, model in sorted(found.items()))


def _layer_tables(image: Image) -> tuple[Model, ...]:
    """What the firmware says of a network that is code."""
    if not image.layer_table:
        return ()
    from mcusim.firmware.models.layer_table import read_layer_table

    try:
        return (read_layer_table(image.layer_table),)
    except DamagedModelError:
        return ()


_MARKS = {
    ModelFormat.TENSORFLOW_LITE: (b"TFL3", 4),
    ModelFormat.EXECUTORCH: (b"ET12", 4),
    ModelFormat.TINYMAIX: (b"MAIX", 0),
}
"""A format's mark and where in the model it stands."""


def _size_bytes(image: Image, addr: int, model_format: ModelFormat, data: bytes) -> int:
    """Of the variable at `addr`; without one, what the format says."""
    named = [
        each.size_bytes for each in image.symbols if each.addr == addr and each.kind is SymbolKind.OBJECT
    ]
    if any(named) or model_format is not ModelFormat.TENSORFLOW_LITE:
        return max(named, default=0)
    from mcusim.firmware.models.tensorflow_lite import end_of_weights

    return end_of_weights(data)


def _reader(model_format: ModelFormat) -> Callable[[bytes], tuple[ModelLayer, ...]]:
    """Loaded on demand: the schemas are only needed where a firmware has a model."""
    if model_format is ModelFormat.TENSORFLOW_LITE:
        from mcusim.firmware.models.tensorflow_lite import read_layers
    elif model_format is ModelFormat.EXECUTORCH:
        from mcusim.firmware.models.executorch import read_layers
    else:
        from mcusim.firmware.models.tinymaix import read_layers
    return read_layers


def _candidates(image: Image, mark: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Where the mark stands, and the bytes from there to the end of the variable or of the segment."""
    sizes = {each.addr: each.size_bytes for each in image.symbols if each.kind is SymbolKind.OBJECT}
    count = 0
    for segment in image.segments:
        at = segment.data.find(mark, offset)
        while at >= 0 and count < _MOST_CANDIDATES:
            start = at - offset
            addr = segment.addr + start
            size_bytes = sizes.get(addr) or len(segment.data) - start
            yield addr, segment.data[start : start + size_bytes]
            count += 1
            at = segment.data.find(mark, at + len(mark))


def _name_at(image: Image, addr: int) -> str:
    """The variable's name, or a label's (objcopy's `_binary_…_start`), or the address."""
    named = [each for each in image.symbols if each.addr == addr and each.kind is not SymbolKind.FUNCTION]
    named.sort(key=lambda each: (each.kind is not SymbolKind.OBJECT, each.linkage_name.startswith("$")))
    best = next((each for each in named if not each.linkage_name.startswith("$")), None)
    return best.name if best else f"0x{addr:08x}"
