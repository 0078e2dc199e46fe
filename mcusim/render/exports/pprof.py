"""The profile for pprof: a gzip-compressed `Profile` message with cycles, nanoseconds and nanojoules per place.

Format: https://github.com/google/pprof/blob/main/proto/profile.proto, whose field numbers are below.
"""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from mcusim.render.exports.profile_frames import frame_tree, whole_units
from mcusim.report.profile import FUNCTION

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun
    from mcusim.render.exports.profile_frames import Frame, FrameTree

_PACKAGE = "mcusim.pprof"
_NANO = 10**9
_MAPPING_ID = 1
_MESSAGES = {
    "ValueType": "type:int64:1 unit:int64:2",
    "Label": "key:int64:1 str:int64:2 num:int64:3 num_unit:int64:4",
    "Sample": "location_id:uint64*:1 value:int64*:2 label:Label*:3",
    "Mapping": "id:uint64:1 memory_start:uint64:2 memory_limit:uint64:3 file_offset:uint64:4 filename:int64:5 "
    "build_id:int64:6 has_functions:bool:7 has_filenames:bool:8 has_line_numbers:bool:9 has_inline_frames:bool:10",
    "Line": "function_id:uint64:1 line:int64:2",
    "Location": "id:uint64:1 mapping_id:uint64:2 address:uint64:3 line:Line*:4 is_folded:bool:5",
    "Function": "id:uint64:1 name:int64:2 system_name:int64:3 filename:int64:4 start_line:int64:5",
    "Profile": "sample_type:ValueType*:1 sample:Sample*:2 mapping:Mapping*:3 location:Location*:4 "
    "function:Function*:5 string_table:string*:6 drop_frames:int64:7 keep_frames:int64:8 time_nanos:int64:9 "
    "duration_nanos:int64:10 period_type:ValueType:11 period:int64:12 comment:int64*:13 default_sample_type:int64:14",
}
"""Each message's fields: name, type ("*": repeated) and number."""


def render(run: RecordedRun) -> bytes:
    """The file's content; each kind of value sums to the report's total, rounded to its unit."""
    # No time stamp in gzip's header and none in the message: the same run gives the same bytes.
    return gzip.compress(message_of(run).SerializeToString(deterministic=True), mtime=0)


@cache
def profile_class() -> Any:
    """The class of `Profile` messages."""
    file = descriptor_pb2.FileDescriptorProto(name="mcusim/pprof.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, kind, number in (each.split(":") for each in fields.split()):
            field = message.field.add(name=field_name, number=int(number))
            field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
            base = kind.removesuffix("*")
            if base in _MESSAGES:
                field.type, field.type_name = field.TYPE_MESSAGE, f".{_PACKAGE}.{base}"
            else:
                field.type = getattr(field, f"TYPE_{base.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Profile"))


def message_of(run: RecordedRun) -> Any:
    """The `Profile` message of a run."""
    tree = frame_tree(run)
    return _Builder(run, tree).message()


class _Builder:
    """A message and its table of texts."""

    def __init__(self, run: RecordedRun, tree: FrameTree) -> None:
        self._run, self._tree = run, tree
        self._profile = profile_class()()
        self._texts = {"": 0}

    def message(self) -> Any:
        """All of it."""
        profile, run = self._profile, self._run
        kinds = [("cycles", "count"), ("time", "nanoseconds"), ("energy", "nanojoules")]
        for name, unit in kinds if self._tree.has_energy else kinds[:2]:
            profile.sample_type.add(type=self._text(name), unit=self._text(unit))
        profile.default_sample_type = self._text("cycles")
        profile.period_type.type, profile.period_type.unit = self._text("cycles"), self._text("count")
        profile.period = 1
        profile.duration_nanos = round(run.profile.total_s * _NANO)
        self._add_mapping()
        for index, frame in enumerate(self._tree.frames):
            self._add_frame(index + 1, frame)
        self._add_samples()
        comment = f"mcusim {run.report.mcusim_version}: {run.report.firmware.path} on {run.report.board}"
        profile.comment.append(self._text(comment))
        profile.string_table.extend(self._texts)
        return profile

    def _text(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))

    def _add_mapping(self) -> None:
        addrs = [each.addr for each in self._tree.frames if each.kind == FUNCTION] or [0]
        firmware = self._run.report.firmware
        mapping = self._profile.mapping.add(
            id=_MAPPING_ID, memory_start=min(addrs), memory_limit=max(addrs) + 1
        )
        mapping.filename = self._text(firmware.path)
        mapping.build_id = self._text(firmware.build_id)
        # All are told: pprof must not look for the firmware's symbols on this machine.
        mapping.has_functions = mapping.has_filenames = mapping.has_line_numbers = (
            mapping.has_inline_frames
        ) = True

    def _add_frame(self, number: int, frame: Frame) -> None:
        name, file = self._text(frame.name), self._text(frame.file)
        self._profile.function.add(
            id=number,
            name=name,
            system_name=self._text(frame.full_name or frame.name),
            filename=file,
            start_line=frame.line_number,
        )
        location = self._profile.location.add(id=number, mapping_id=_MAPPING_ID, address=frame.addr)
        location.line.add(function_id=number, line=frame.line_number)

    def _add_samples(self) -> None:
        places = self._tree.places
        columns = [
            [each.self_cycles for each in places],
            whole_units((each.self_s for each in places), _NANO),
        ]
        if self._tree.has_energy:
            columns.append(whole_units((each.self_j for each in places), _NANO))
        for place, stack, values in zip(places, self._tree.stacks(), zip(*columns, strict=True), strict=True):
            if not any(values):
                continue
            # Locations are from the leaf to the root.
            sample = self._profile.sample.add(
                location_id=[index + 1 for index in reversed(stack)], value=values
            )
            for key, text in (("context", place.context), ("layer", place.layer)):
                if text:
                    sample.label.add(key=self._text(key), str=self._text(text))
