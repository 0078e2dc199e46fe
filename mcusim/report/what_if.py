"""Changes that a user makes for one run (--set, --without, --ignore), as text and back; what they do is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

Setting = tuple[str, int | bool | str]
"""A key of SETTINGS and its value."""

WAIT_STATES = "flash.wait_states"
AUTO, FIRMWARE = "auto", "firmware"
"""Words for wait states: the fewest that the chip allows at its clock and supply; what firmware programs."""
SWITCHES = {
    "prefetch": "flash.prefetch",
    "instruction-cache": "flash.instruction_cache",
    "data-cache": "flash.data_cache",
}
"""What --without switches off, and its key in --set."""
REGULATOR = "power.regulator"
VOLTAGE_RANGE = "power.voltage_range"
WEIGHTS = "weights"
SETTINGS = (WAIT_STATES, *SWITCHES.values(), REGULATOR, VOLTAGE_RANGE, WEIGHTS)
MOST_WAIT_STATES_COUNT = 1000

_SWITCH_VALUES = {"on": True, "off": False}
_WORDS = {WAIT_STATES: (AUTO, FIRMWARE), REGULATOR: ("ldo", "smps"), WEIGHTS: ("flash", "ram")}
"""What a key can be besides a number; a key of no list takes any name."""
_KEYS_HELP = (
    f"the keys are {WAIT_STATES} (a number, {AUTO} or {FIRMWARE}), {', '.join(SWITCHES.values())} (on or off), "
    f"{REGULATOR} (ldo or smps), {VOLTAGE_RANGE} (a name of the power model) and {WEIGHTS} (flash or ram)"
)


def parsed_setting(text: str) -> Setting:
    """The setting that "KEY=VALUE" names.

    Raises:
        UsageError: there is no such key, or it cannot have that value.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    key = key.replace("-", "_")
    if not equals or key not in SETTINGS:
        raise UsageError(
            f"--set cannot change '{key}'" if equals else f"'{text}' is not KEY=VALUE",
            why=_KEYS_HELP,
            fix=f"write for example --set {WAIT_STATES}=2 or --set {SWITCHES['prefetch']}=off",
        )
    if key in SWITCHES.values():
        if value not in _SWITCH_VALUES:
            raise UsageError(f"{key} cannot be '{value}'", fix=f"write --set {key}=on or --set {key}=off")
        return key, _SWITCH_VALUES[value]
    if key == WAIT_STATES and value.isascii() and value.isdecimal():
        return key, int(value)
    _check_word(key, value)
    return key, value


def _check_word(key: str, value: str) -> None:
    words = _WORDS.get(key)
    if value and (words is None or value in words):
        return
    if key == WAIT_STATES:
        raise UsageError(
            f"{key} cannot be '{value}'",
            why=f"wait states are a whole number from 0 on, or '{AUTO}' or '{FIRMWARE}'",
            fix=f"write for example --set {key}=2",
        )
    choices = " or ".join(f"--set {key}={word}" for word in words or ("range1",))
    raise UsageError(f"{key} cannot be '{value}'", fix=f"write {choices}")


def parsed_switch(text: str) -> Setting:
    """The setting that --without makes: this part is off.

    Raises:
        UsageError: there is no such part.
    """
    text = text.replace("_", "-")
    if text not in SWITCHES:
        raise UsageError(
            f"--without cannot switch off '{text}'",
            why=f"it knows {', '.join(SWITCHES)}",
            fix=f"write for example --without {next(iter(SWITCHES))}; a stall is left out with --ignore",
        )
    return SWITCHES[text], False


def check_settings(settings: Iterable[Setting]) -> None:
    """Raise a UsageError when a setting is not one, or is made twice."""
    seen: dict[str, int | bool | str] = {}
    for key, value in settings:
        if not _is_setting(key, value):
            raise UsageError(
                f"there is no setting {key}={value}",
                why=f"{WAIT_STATES} is a number; {', '.join(SWITCHES.values())} are true or false; "
                "the others are words",
                fix="correct the key or its value",
            )
        if isinstance(value, int) and key == WAIT_STATES and not 0 <= value <= MOST_WAIT_STATES_COUNT:
            raise UsageError(
                f"{key} is {value}",
                why="no flash is that slow" if value > 0 else "wait states are not negative",
                fix=f"use a number from 0 to {MOST_WAIT_STATES_COUNT}",
            )
        if key in seen:
            raise UsageError(
                f"{key} is set twice",
                why=f"to {_shown(seen[key])} and to {_shown(value)}",
                fix="say it once, with --set or --without",
            )
        seen[key] = value


def _is_setting(key: str, value: int | bool | str) -> bool:
    if key in SWITCHES.values():
        return isinstance(value, bool)
    if key not in SETTINGS or isinstance(value, bool):
        return False
    if isinstance(value, int):
        return key == WAIT_STATES
    return bool(value) and value in _WORDS.get(key, (value,))


def word(settings: Iterable[Setting], key: str) -> str:
    """The word that `key` is set to; empty where it is not set."""
    return next((value for name, value in settings if name == key and isinstance(value, str)), "")


def described(settings: Iterable[Setting], ignored: Iterable[str]) -> tuple[str, ...]:
    """The changes for a report, as a user would type them."""
    return (
        *(shown_setting(each) for each in settings if each != (WAIT_STATES, FIRMWARE)),
        *(f"{reason} ignored" for reason in ignored),
    )


def shown_setting(setting: Setting) -> str:
    """ "flash.prefetch=on": as --set takes it."""
    key, value = setting
    return f"{key}={_shown(value)}"


def _shown(value: int | bool | str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
