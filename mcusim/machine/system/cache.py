"""Cortex-M7's cache identification and maintenance registers; the caches themselves belong to timing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.register import Register, RegisterMap, Remembered, constant

if TYPE_CHECKING:
    from mcusim.board.schema import CacheSpec
    from mcusim.machine.devices.device import Host
    from mcusim.machine.system.variant import CoreVariant

CLIDR, CTR, CCSIDR, CSSELR = 0xED78, 0xED7C, 0xED80, 0xED84
_MAINTENANCE = (0xEF50, *range(0xEF58, 0xEF7C, 4))
_ICIALLU, _DCISW, _DCCISW = 0xEF50, 0xEF60, 0xEF74
_TCM_AND_AHB_CONTROL = range(0xEF90, 0xEFA4, 4)

# Cortex-M7 TRM DDI0489, 3.3.5-3.3.8.
_CLIDR_VALUE = 0x09000003
_CTR_VALUE = 0x8303C003
_CCSIDR_POLICIES = 0xF << 28  # write-through, write-back, read and write allocation


def cache_size_id(cache: CacheSpec) -> int:
    """CCSIDR of a cache: sets and ways less one, words of a line as a power of two less two (DDI0489, 3.3.7)."""
    ways_count = cache.ways_count or cache.lines_count  # 0: fully associative
    sets_count = cache.lines_count // ways_count
    line = (cache.line_bytes // 4).bit_length() - 3
    return _CCSIDR_POLICIES | (sets_count - 1) << 13 | (ways_count - 1) << 3 | line


class CacheControl:
    """CLIDR, CTR, CCSIDR, CSSELR and the maintenance operations. The memory is coherent: they cost time only.

    To invalidate one set and way empties the whole data cache: firmware does it to all of them in a loop.
    """

    def __init__(self, variant: CoreVariant, host: Host) -> None:
        self._host = host
        self._size_ids = (cache_size_id(variant.data_cache), cache_size_id(variant.instruction_cache))
        self._selection = Remembered(writable_mask=0xF)
        self._controls = tuple(Remembered() for _ in _TCM_AND_AHB_CONTROL)

    def reset(self) -> None:
        """Back to the data cache being selected."""
        for each in (self._selection, *self._controls):
            each.reset()

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        registers: RegisterMap = dict.fromkeys(_MAINTENANCE, Register())
        registers |= {
            offset: control.register()
            for offset, control in zip(_TCM_AND_AHB_CONTROL, self._controls, strict=True)
        }
        registers |= {
            _ICIALLU: Register(write=lambda _value, _mask: self._empty(data=False)),
            _DCISW: Register(write=lambda _value, _mask: self._empty(data=True)),
            _DCCISW: Register(write=lambda _value, _mask: self._empty(data=True)),
        }
        return registers | {
            CLIDR: constant(_CLIDR_VALUE),
            CTR: constant(_CTR_VALUE),
            CCSIDR: Register(lambda: self._size_ids[self._selection.value & 1]),
            CSSELR: self._selection.register(),
        }

    def _empty(self, *, data: bool) -> None:
        self._host.empty_core_caches(instruction=not data, data=data)
