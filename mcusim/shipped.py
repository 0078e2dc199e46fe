"""Where boards/, power_models/ and firmware_samples/ are, in a wheel, an editable install or a checkout."""

from __future__ import annotations

from pathlib import Path

from mcusim.errors import DataFileError

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
