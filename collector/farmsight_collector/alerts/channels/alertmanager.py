"""Firing and resolved alerts for a Prometheus Alertmanager, by its API v2 (POST /api/v2/alerts).

An alert is known by its labels. What fires carries the time at which it ends
unless it is sent again, so that nothing fires for ever when no collector runs.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from farmsight_collector.alerts.channel_settings import Alertmanager
from farmsight_collector.alerts.channels.channel import secret, trust
from farmsight_collector.alerts.channels.http import post
from farmsight_collector.alerts.words import plain_text

_RESENDS_MISSED: Final = 4  # before what fires is taken for over


class AlertmanagerSender:
    """Posts alerts; the same alert again changes nothing."""

    def __init__(self, settings: Alertmanager, folder: Path) -> None:
        """Send to this Alertmanager."""
        self._settings = settings
        self._folder = folder

    async def send(self, told: Mapping[str, Any]) -> str:
        """Send what a message tells; returns the answer. Raises SendError."""
        return await self.post(told["alerts"], datetime.fromisoformat(str(told["made"])))

    async def post(self, alerts: Iterable[Mapping[str, Any]], at: datetime) -> str:
        """Send alerts as of an instant."""
        ends = at + _RESENDS_MISSED * timedelta(seconds=self._settings.resend_s)
        body = [one for alert in alerts for one in _posted(alert, at, ends)]
        if not body:
            return "nothing to send"
        settings = self._settings
        return await post(
            f"{settings.url.rstrip('/')}/api/v2/alerts",
            json.dumps(body).encode(),
            {"content-type": "application/json", **self._authorization()},
            context=trust(self._folder, settings.ca_file),
            timeout_s=settings.timeout_s,
        )

    def _authorization(self) -> dict[str, str]:
        settings = self._settings
        if settings.token_file or settings.token_env:
            return {"authorization": f"Bearer {secret(self._folder, settings.token_file, settings.token_env)}"}
        if not settings.user:
            return {}
        both = f"{settings.user}:{secret(self._folder, settings.password_file, settings.password_env)}"
        return {"authorization": "Basic " + base64.b64encode(both.encode()).decode()}


def _posted(alert: Mapping[str, Any], at: datetime, ends: datetime) -> Iterable[dict[str, Any]]:
    """Yield an alert; one that became worse has other labels, and those it had are resolved."""
    was, now = alert["was_severity"], alert["severity"]
    if alert["state"] == "open":
        yield _one(alert, str(now), ends)
        if was not in (None, now):
            yield _one(alert, str(was), at)
        return
    for severity in {str(now), str(was or now)}:
        yield _one(alert, severity, at)


def _one(alert: Mapping[str, Any], severity: str, ends: datetime) -> dict[str, Any]:
    remedy = alert["remedy"] or {}
    annotations = {
        "summary": str(alert["title"]),
        "description": plain_text(alert),
        "servers": ", ".join(alert["servers"]),
        "subject": str(alert["subject"]),
        "since": str(alert["since"] or ""),
        "remedy": str(remedy.get("command", "")),
    }
    return {
        "labels": {
            "alertname": str(alert["code"]),
            "severity": severity,
            "farm": str(alert["farm"]),
            "finding": str(alert["finding"]),
            "source": "farmsight",
        },
        "annotations": {name: text for name, text in annotations.items() if text},
        "startsAt": _stamp(datetime.fromisoformat(str(alert["opened"]))),
        "endsAt": _stamp(ends),
        "generatorURL": str(alert["link"] or ""),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
