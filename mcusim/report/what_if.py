"""Changes that a user makes for one run (--set, --without, --ignore), as text and back; what they do is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

Setting = tuple[str, int | bool]
"""A key of SETTINGS and its value."""

WAIT_STATES = "flash.wait_states"
SWITCHES = {
    "prefetch": "flash.prefetch",
    "instruction-cache": "flash.instruction_cache",
    "data-cache": "flash.data_cache",
}
"""What --without switches off, and its key in --set."""
SETTINGS = (WAIT_STATES, *SWITCHES.values())
MOST_WAIT_STATES_COUNT = 1000

_SWITCH_VALUES = {"on": True, "off": False}


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
            why=f"the keys are {WAIT_STATES} (a number) and {', '.join(SWITCHES.values())} (on or off)",
            fix=f"write for example --set {WAIT_STATES}=2 or --set {SWITCHES['prefetch']}=off",
        )
    if key == WAIT_STATES:
        if not (value.isascii() and value.isdecimal()):
            raise UsageError(
                f"{key} cannot be '{value}'",
                why="wait states are a whole number from 0 on",
                fix=f"write for example --set {key}=2",
            )
        return key, int(value)
    if value not in _SWITCH_VALUES:
        raise UsageError(f"{key} cannot be '{value}'", fix=f"write --set {key}=on or --set {key}=off")
    return key, _SWITCH_VALUES[value]


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
    seen: dict[str, int | bool] = {}
    for key, value in settings:
        if key not in SETTINGS or isinstance(value, bool) != (key != WAIT_STATES):
            raise UsageError(
                f"there is no setting {key}={value}",
                why=f"{WAIT_STATES} is a number; {', '.join(SWITCHES.values())} are true or false",
                fix="correct the key or its value",
            )
        if key == WAIT_STATES and not 0 <= value <= MOST_WAIT_STATES_COUNT:
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


def described(settings: Iterable[Setting], ignored: Iterable[str]) -> tuple[str, ...]:
    """The changes for a report, as a user would type them."""
    return (
        *(f"{key}={_shown(value)}" for key, value in settings),
        *(f"{reason} ignored" for reason in ignored),
    )


def _shown(value: int | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
