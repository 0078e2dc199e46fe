"""What a firmware's name means: a file, a bundled sample, or a model that has to become a firmware first."""

from __future__ import annotations

from pathlib import Path

from mcusim.errors import FirmwareFileError, UsageError

_MODEL_SUFFIX = ".tflite"
_MODEL_MARK, _MODEL_MARK_OFFSET = b"TFL3", 4
"""A TensorFlow Lite file's identifier (schema.fbs, file_identifier) behind its first offset."""


def is_model(name: str) -> bool:
    """A .tflite file by its name or its content; it need not be a whole one."""
    path = Path(name)
    if not path.is_file():
        return False
    if path.suffix.lower() == _MODEL_SUFFIX:
        return True
    try:
        with path.open("rb") as file:
            return file.read(_MODEL_MARK_OFFSET + len(_MODEL_MARK))[_MODEL_MARK_OFFSET:] == _MODEL_MARK
    except OSError:
        return False  # whoever reads it next says why


def named_firmware(firmware: str, board: str | None) -> tuple[Path, str]:
    """The file or model and the board. A file wins over a sample of the same name; a sample knows its boards.

    Raises:
        FirmwareFileError: there is neither a file nor a sample of that name.
        UsageError: no board was named.
        UnknownNameError: the sample was not built for the board.
    """
    from mcusim.firmware.samples import find_sample

    if is_sample(firmware):
        sample = find_sample(firmware)
        chosen = board if board is not None else sample.default_board
        return sample.elf_for(chosen), chosen
    path = existing_firmware(firmware)
    if board is None:
        from mcusim.board.load import board_names

        raise UsageError(
            "no board was named",
            why="cycles, RAM and energy depend on the chip that the firmware runs on",
            fix=f"add --board NAME, one of: {', '.join(board_names())}",
        )
    return path, board


def is_sample(firmware: str) -> bool:
    """A bundled sample, which no file of that name hides."""
    from mcusim.firmware.samples import sample_names

    return not Path(firmware).exists() and firmware in sample_names()


def existing_firmware(firmware: str) -> Path:
    """The file of that name.

    Raises:
        FirmwareFileError: there is none, or it is a recording.
    """
    from mcusim.recorded.store import is_recording

    path = Path(firmware)
    if not path.exists():
        from mcusim.firmware.samples import sample_names

        names = sample_names()
        raise FirmwareFileError(
            f"there is no file '{firmware}'",
            fix="check the path" + (f", or name a bundled sample: {', '.join(names)}" if names else ""),
        )
    if is_recording(path):
        raise FirmwareFileError(
            f"'{firmware}' is a recording, not a firmware",
            why="it holds what a run was like, and not what was run",
            fix=f"mcusim report {firmware} shows it; give the firmware to run it again",
        )
    return path
