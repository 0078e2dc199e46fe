"""Which functions make the layers of an inference, as the machine is told, and as it tells the native core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.arenas import ArenaPlace
from mcusim.machine.counting import Role
from mcusim.machine.options import InlinedCode, Layering

if TYPE_CHECKING:
    from mcusim.firmware.inlines import Inlined
    from mcusim.firmware.recognise import Recognised
    from mcusim.machine.functions import FunctionTable
    from mcusim.machine.native._core import Core
    from mcusim.machine.options import MachineOptions

NO_ROLE = Role(0)


def layering_of(recognised: Recognised, inlined: tuple[tuple[int, Inlined], ...]) -> Layering:
    """What was recognised in the firmware; `inlined` are (host function, what is inlined in it) of the layers."""
    return Layering(
        inference_addr=recognised.inference.addr,
        dispatcher_addrs=recognised.dispatcher_addrs,
        layer_addrs=recognised.layer_addrs,
        helper_addrs=tuple(sorted(recognised.helper_addrs)),
        inlined=tuple(
            InlinedCode(host_addr, each.name, each.source_file, each.ranges) for host_addr, each in inlined
        ),
        runtime=recognised.runtime,
        inner_addr=recognised.inner_addr,
        arenas=tuple(ArenaPlace(each.name, each.addr, each.size_bytes) for each in recognised.arenas),
    )


def give_roles(core: Core, functions: FunctionTable, options: MachineOptions) -> None:
    """Give every function of the network its role, and every place of inlined code its host."""
    layering = options.layering
    if layering is None:
        return
    roles: dict[int, Role] = {}
    for role, addrs in (
        (Role.RESTARTS, (layering.inference_addr,)),
        (Role.DISPATCHES, layering.dispatcher_addrs),
        (Role.LAYER, layering.layer_addrs),
        (Role.HELPER, layering.helper_addrs),
        (Role.STARTS, (options.main_addr if options.main_addr >= 0 else layering.inference_addr,)),
    ):
        for addr in addrs:
            index = functions.entry_at(addr)
            roles[index] = roles.get(index, NO_ROLE) | role
    for index, role in roles.items():
        core.set_trait(index, role)
    for code in layering.inlined:
        index = functions.add_inlined(code)
        role = Role.LAYER if code.is_layer else NO_ROLE
        core.set_trait(index, role, functions.functions[index].host_index)
