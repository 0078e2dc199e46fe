"""Puts a machine's parts together: the native core with its memory ranges, the devices at their addresses."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from mcusim.errors import unknown_name
from mcusim.machine.cpu import REGISTER_IDS
from mcusim.machine.devices import DEVICE_CLASSES
from mcusim.machine.fetch_walk import is_walked, set_core_numbers
from mcusim.machine.native._core import Core
from mcusim.machine.system.ppb import PPB_BASE_ADDR, PPB_SIZE_BYTES
from mcusim.machine.values import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.board.schema import Chip, MemoryRegion
    from mcusim.machine.bus import Bus
    from mcusim.machine.counting import BlockFiller
    from mcusim.machine.cpu import Cpu
    from mcusim.machine.devices.device import DeviceFactory
    from mcusim.machine.host import MachineHost
    from mcusim.machine.memory import Memory
    from mcusim.machine.options import MovedData
    from mcusim.timing.cost import CostModel

    Read = Callable[[int, int], int]
    Write = Callable[[int, int, int], None]

_PERIPHERALS = ((0x4000_0000, 0x2000_0000), (PPB_BASE_ADDR, PPB_SIZE_BYTES))
_BIT_BAND_RAM = (0x2200_0000, 0x0200_0000)
_PAGE_BYTES = 0x1000


def wanted_terms(chip: Chip, model: CostModel, *, every_access: bool) -> Wanted:
    """Which run-time terms this chip and these options need."""
    return Wanted(
        flash_data=chip.flash_interface is not None or model.depends_on_data_place,
        slow_memory=any(
            each.read_wait_cycles or each.write_wait_cycles or each.line_fill_cycles for each in chip.regions
        ),
        unaligned=any(model.unaligned_word_cycles) or model.unaligned_halfword_cycles > 0,
        every_access=every_access,
        divides=model.divide_base_cycles > 0,
        saved_cycles=model.skipped_cycles_saved,
        small_operands_saved=model.small_operands_saved,
    )


def new_core(cpu: Cpu, memory: Memory, chip: Chip, model: CostModel, filler: BlockFiller) -> Core:
    """A native core that calls `filler` and knows the chip's memory and the core's run-time costs."""
    core = Core(*cpu.native_handles, filler.fill, REGISTER_IDS[13])
    filler.core = core
    served = chip.flash_interface.region_names if chip.flash_interface else ()
    for each in memory.mapped:
        region = each.region
        is_flash = (region.alias_of or region.name) in served
        cycles = (region.read_wait_cycles, region.write_wait_cycles, region.line_fill_cycles)
        shown_addr = _shown_addr(region, chip)
        core.add_range(region.start_addr, region.end_addr, each.host_addr, is_flash, *cycles, shown_addr)
    core.set_unaligned(
        *model.unaligned_word_cycles, model.unaligned_halfword_cycles, model.unaligned_store_is_free
    )
    core.set_predictor(model.mispredict_cycles)
    core.set_divider(*_divider(model))
    if is_walked(chip):
        set_core_numbers(core, chip)
        filler.is_walked = True
    return core


def move_data(core: Core, filler: BlockFiller, moved: tuple[MovedData, ...]) -> None:
    """Let these bytes of flash be read as fast as RAM."""
    numbers = array(
        "I", (n for each in moved for n in (each.addr, each.addr + each.size_bytes, each.ram_addr))
    )
    core.set_moves(numbers.tobytes())
    filler.moved = moved


def _shown_addr(region: MemoryRegion, chip: Chip) -> int:
    """Where the bytes are that an alias shows: caches hold them once."""
    start_addr = {each.name: each.start_addr for each in chip.regions}
    return start_addr[region.alias_of] + region.alias_offset_bytes if region.alias_of else region.start_addr


def _divider(model: CostModel) -> tuple[int, int, int, int, int]:
    """The divider for the native core: zero, short, long, log2(quotient bits per cycle), already charged."""
    longest_cycles = model.divide_cycles(1, 1, False)
    bits = next((n for n in range(1, 32) if model.divide_cycles(1 << n, 1, False) > longest_cycles), 32)
    zero_cycles, short_cycles = model.divide_cycles(0, 1, False), model.divide_cycles(1, 2, False)
    return zero_cycles, short_cycles, longest_cycles, bits.bit_length() - 1, model.divide_base_cycles


def device_class(kind: str) -> DeviceFactory:
    """The class of a device kind.

    Raises:
        UnknownNameError: no class is called so.
    """
    if kind not in DEVICE_CLASSES:
        raise unknown_name("device kind", kind, DEVICE_CLASSES, where="[[device]] of the chip file")
    return DEVICE_CLASSES[kind]


def attach_devices(chip: Chip, bus: Bus, host: MachineHost) -> None:
    """Make the chip's devices and put them on the bus."""
    for spec in chip.devices:
        bus.attach(spec.name, spec.base_addr, spec.size_bytes, device_class(spec.kind)(spec, host))
    host.clock_net.listen(lambda: _follow_bus_clock(host))
    _follow_bus_clock(host)


def _follow_bus_clock(host: MachineHost) -> None:
    """Tell the flash interface how much slower than the core its bus is; a clock that the user fixed says nothing."""
    bus_hz = host.clock_net.clock_hz("hclk")
    if bus_hz and not host.is_clock_fixed:
        host.flash.set_bus_divider(max(1, round(host.core_clock_hz / bus_hz)))


def map_devices(chip: Chip, cpu: Cpu, read: Read, write: Write) -> None:
    """Route the peripheral address space to `read` and `write`.

    Devices outside the architecture's peripheral regions (RP2040 SIO, nRF52 FICR) get the pages they lie in.
    """
    windows = [*_PERIPHERALS, _BIT_BAND_RAM] if chip.has_bit_band else list(_PERIPHERALS)
    pages: set[int] = set()
    for spec in chip.devices:
        if not any(start <= spec.base_addr < start + size for start, size in windows):
            first_page, last_page = (
                spec.base_addr // _PAGE_BYTES,
                (spec.base_addr + spec.size_bytes - 1) // _PAGE_BYTES,
            )
            pages.update(range(first_page, last_page + 1))
    for start_addr, size_bytes in [*windows, *((page * _PAGE_BYTES, _PAGE_BYTES) for page in sorted(pages))]:
        cpu.map_device(start_addr, size_bytes, read, write)
