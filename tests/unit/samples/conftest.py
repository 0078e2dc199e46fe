"""Makes `firmware_samples` of this checkout importable; last in the path: an installed mcusim stays first."""

from __future__ import annotations

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

if str(REPOSITORY) not in sys.path:
    sys.path.append(str(REPOSITORY))
