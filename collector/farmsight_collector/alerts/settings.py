"""`[alerts]` and `[[alerts.channel]]` in collector.toml: when people are told, and by which way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from farmsight_collector.alerts.channel_settings import KINDS, Channel
from farmsight_collector.alerts.telling import Policy
from farmsight_collector.rules.rule import Severity
from farmsight_collector.settings import setting, table

SEVERITIES: Final = {severity.word: severity for severity in Severity}
MOST_CHANNELS: Final = 50
SILENT: Final = "agent.silent"


def severity(value: object) -> str:
    """Find fault with what is no severity."""
    return "" if isinstance(value, str) and value in SEVERITIES else f"one of {', '.join(SEVERITIES)}"


def count(value: object) -> str:
    """Find fault with what is no whole number from 0."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if fits else "a whole number from 0"


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """When people are told of what."""

    at_least: str = setting("warning", severity)
    hold_info_s: int = setting(600, count)  # so long a finding must stand before its opening is told
    hold_warning_s: int = setting(300, count)
    hold_error_s: int = setting(60, count)
    hold_critical_s: int = setting(0, count)
    flapping_openings: int = 3  # so many openings within the window are flapping
    flapping_window_minutes: int = 60
    settled_after_minutes: int = 30  # without opening or closing
    remind_hours: int = setting(0, count)  # 0: never
    digest_above: int = 5  # so many messages of a farm within the window; more become one
    digest_window_s: int = 60
    lease_s: int = 120  # a sender that is gone is waited for so long
    give_up_hours: int = 24  # then a delivery is a dead letter
    keep_days: int = 90  # what was told
    channels: tuple[Channel, ...] = ()

    @property
    def policy(self) -> Policy:
        """Return it as the pure functions take it."""
        held = (self.hold_info_s, self.hold_warning_s, self.hold_error_s, self.hold_critical_s)
        return Policy(
            at_least=SEVERITIES[self.at_least],
            hold={level: timedelta(seconds=seconds) for level, seconds in zip(Severity, held, strict=True)},
            at_once=frozenset({SILENT}),
            flapping_openings=self.flapping_openings,
            flapping_window=timedelta(minutes=self.flapping_window_minutes),
            settled_after=timedelta(minutes=self.settled_after_minutes),
            remind_every=timedelta(hours=self.remind_hours) if self.remind_hours else None,
        )

    def channel(self, name: str) -> Channel | None:
        """Return a channel by its name."""
        return next((channel for channel in self.channels if channel.name == name), None)


def read(written: object, problems: list[str]) -> Alerts:
    """Return `[alerts]` with its channels; adds what is wrong to `problems`."""
    if not isinstance(written, Mapping):
        problems.append("alerts: a table, written as [alerts]")
        return Alerts()
    rest = {name: value for name, value in written.items() if name not in ("channel", "channels")}
    if "channels" in written:
        problems.append("alerts.channels: written as [[alerts.channel]], once for each")
    return replace(table("alerts", Alerts, rest, problems), channels=_channels(written.get("channel", []), problems))


def _channels(written: object, problems: list[str]) -> tuple[Channel, ...]:
    if not isinstance(written, list) or not all(isinstance(each, Mapping) for each in written):
        problems.append("alerts.channel: written as [[alerts.channel]], once for each")
        return ()
    if len(written) > MOST_CHANNELS:
        problems.append(f"alerts.channel: at most {MOST_CHANNELS}")
    found = [_channel(number, each, problems) for number, each in enumerate(written[:MOST_CHANNELS], 1)]
    channels = tuple(channel for channel in found if channel is not None)
    names = [channel.name for channel in channels]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems.extend(f"alerts.channel {name!r}: there is another of this name" for name in twice)
    return channels


def _channel(number: int, written: Mapping[str, Any], problems: list[str]) -> Channel | None:
    name = written.get("name", "")
    title = f"alerts.channel {name!r}" if name and isinstance(name, str) else f"alerts.channel {number}"
    kind = KINDS.get(str(written.get("type", "")))
    if kind is None:
        problems.append(f"{title}: type: one of {', '.join(KINDS)}")
        return None
    rest = {key: value for key, value in written.items() if key != "type"}
    channel = table(title, kind, rest, problems)
    problems.extend(f"{title}.{problem}" for problem in channel.problems())
    return channel
