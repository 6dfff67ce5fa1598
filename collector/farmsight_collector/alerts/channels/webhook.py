"""JSON by the schema farmsight.alert/1 to an address, signed: HMAC-SHA256 over the time and the body (RFC 2104)."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from farmsight_collector.alerts.channel_settings import Webhook
from farmsight_collector.alerts.channels.channel import secret, trust
from farmsight_collector.alerts.channels.http import post

TIMESTAMP: Final = "farmsight-timestamp"
SIGNATURE: Final = "farmsight-signature"
KEY: Final = "idempotency-key"


def signature(key: str, timestamp: int, body: bytes) -> str:
    """Return what the receiver computes, too: v1= and the HMAC of `TIMESTAMP.BODY` in hex."""
    return "v1=" + hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class WebhookSender:
    """Posts each message once an attempt; the key is the same in each, the time and the signature are not."""

    def __init__(self, settings: Webhook, folder: Path, now: Callable[[], datetime]) -> None:
        """Send to this address."""
        self._settings = settings
        self._folder = folder
        self._now = now

    async def send(self, told: Mapping[str, Any]) -> str:
        """Send a message; returns status and beginning of the answer. Raises SendError."""
        settings = self._settings
        key = secret(self._folder, settings.secret_file, settings.secret_env)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        timestamp = int(self._now().timestamp())
        headers = {
            "content-type": "application/json; charset=utf-8",
            TIMESTAMP: str(timestamp),
            SIGNATURE: signature(key, timestamp, body),
            KEY: str(told["id"]),
        }
        return await post(
            settings.url,
            body,
            headers,
            context=trust(self._folder, settings.ca_file),
            timeout_s=settings.timeout_s,
            proxy=settings.proxy,
        )
