"""Where boards/, power_models/ and firmware_samples/ are, in a wheel, an editable install or a checkout."""

from __future__ import annotations

from pathlib import Path

from mcusim.errors import DataFileError, UnknownNameError, unknown_name

_PACKAGE = Path(__file__).resolve().parent


def shipped_dir(kind: str) -> Path:
    """The folder `kind` ("boards", "power_models", "firmware_samples").

    Raises:
        DataFileError: the installation lacks it.
    """
    for candidate in (_PACKAGE / "data" / kind, _PACKAGE.parent / kind):
        if candidate.is_dir():
            return candidate
    raise DataFileError(
        f"this installation has no '{kind}' folder",
        where=str(_PACKAGE),
        fix="reinstall mcusim (pip install --force-reinstall mcusim)",
    )


def error_bands_file() -> Path:
    """The one data file of error bands: chip files name its rows, reports show its figures."""
    return _PACKAGE / "analysis" / "error_bands.toml"


def shipped_names(kind: str) -> tuple[str, ...]:
    """The names of the data files in folder `kind`, sorted."""
    return tuple(sorted(path.stem for path in shipped_dir(kind).glob("*.toml")))


def data_file(kind: str, word: str, name_or_path: str) -> Path:
    """The file that a user means: a path of a .toml file, or the name of a shipped one; `word` is what it holds.

    Raises:
        UnknownNameError: no shipped file has that name, or it is empty, a folder or a file of another kind.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path
    if not name_or_path.strip():
        raise UnknownNameError(
            f"the name of the {word} is empty", fix=f"give a shipped {word}'s name or a .toml file"
        )
    if name_or_path not in shipped_names(kind) and (path.is_dir() or path.suffix or len(path.parts) > 1):
        raise UnknownNameError(
            f"'{name_or_path}' is no {word} file",
            why="it is a folder" if path.is_dir() else "its name does not end in .toml",
            fix=f"give the path of a .toml file, or the name of a shipped {word}",
        )
    if name_or_path not in shipped_names(kind):
        raise unknown_name(word, name_or_path, shipped_names(kind))
    return shipped_dir(kind) / f"{name_or_path}.toml"
