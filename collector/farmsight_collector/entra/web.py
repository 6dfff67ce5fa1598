"""HTTPS within bounds: one request, one whole answer or the reason why there is none.

TLS is always verified. Redirects are not followed: an access token goes to
the host that it was asked for, and to no other. Bodies are read as they come,
so that neither a slow nor an endless one holds a run longer than it may take.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3

from farmsight_collector.clock import Clock

CONNECT_S: Final = 10.0
SILENCE_S: Final = 20.0  # between two pieces of an answer
RUN_S: Final = 180.0
ANSWER_BYTES: Final = 16 << 20
RUN_BYTES: Final = 64 << 20
_PIECE: Final = 64 << 10
DEEPEST: Final = 40
MOST_OBJECTS: Final = 200_000  # in one answer


class WebError(Exception):
    """No whole answer came; `kind` is "unavailable", "timed-out" or "not-taken" (over a bound, not HTTPS)."""

    def __init__(self, kind: str, text: str) -> None:
        """Keep which, and why."""
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what the body says; raises ValueError for what is no JSON, or more of it than any answer holds."""
        try:
            found = json.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        _check_shape(found)
        return found


@dataclass(kw_only=True)
class Budget:
    """What a run may take: time by the monotonic clock, bytes, and whether it is to end."""

    clock: Clock
    seconds: float = RUN_S
    bytes_left: int = RUN_BYTES
    stop: threading.Event = field(default_factory=threading.Event)
    _until: float = 0.0

    def __post_init__(self) -> None:
        """Let time begin."""
        self._until = self.clock.monotonic() + self.seconds

    def left(self) -> float:
        """Return the seconds that are left; raises WebError when there are none, or the run is to end."""
        left = self._until - self.clock.monotonic()
        if self.stop.is_set():
            raise WebError("unavailable", "the run was ended")
        if left <= 0:
            raise WebError("timed-out", f"the run took its {self.seconds:g} seconds")
        return left

    def wait(self, seconds: float) -> None:
        """Wait; raises WebError at once where the run has no time for it."""
        if seconds >= self.left():
            raise WebError("timed-out", f"asked to wait {seconds:g} seconds, which the run has not")
        self.stop.wait(seconds)
        self.left()


class Web:
    """Requests of one run."""

    def __init__(self, budget: Budget, ca_file: str | None = None) -> None:
        """Trust the machine's authorities, or those of a file."""
        self._budget = budget
        self._session = requests.Session()
        self._trusted = ca_file or True
        self._session.auth = _nothing_added
        self.skew_s: float | None = None  # this clock minus that of the service that answered last

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,  # noqa: ANN401 - as requests has it
        params: Any = None,  # noqa: ANN401
    ) -> Reply:
        """Return the answer, whatever its status; raises WebError where no whole one came."""
        if urlsplit(url).scheme != "https":
            raise WebError("not-taken", "not https")
        given = {"Accept-Encoding": "identity", **(headers or {})}
        left = self._budget.left()
        try:
            with self._session.request(
                method,
                url,
                headers=given,
                data=data,
                params=params,
                stream=True,
                verify=self._trusted,  # with each request: what the environment names would win over the session's
                allow_redirects=False,
                timeout=(min(CONNECT_S, left), min(SILENCE_S, left)),
            ) as response:
                self._note_clock(response.headers.get("Date"))
                return Reply(status=response.status_code, headers=response.headers, body=self._body(response))
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise WebError("timed-out", f"{_host(url)}: no answer in time") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise WebError("unavailable", f"{_host(url)}: {_said(error)}") from error

    def close(self) -> None:
        """Give up all connections."""
        self._session.close()

    def _body(self, response: requests.Response) -> bytes:
        found = bytearray()
        while piece := response.raw.read1(_PIECE, decode_content=False):
            found += piece
            self._budget.bytes_left -= len(piece)
            self._budget.left()
            if len(found) > ANSWER_BYTES or self._budget.bytes_left < 0:
                raise WebError("not-taken", f"more than {ANSWER_BYTES >> 20} MiB in an answer, or too much in all")
        promised = response.headers.get("Content-Length", "")
        if promised.isascii() and promised.isdigit() and len(found) < int(promised):
            raise WebError("unavailable", "the answer breaks off")
        return bytes(found)

    def _note_clock(self, date: str | None) -> None:
        try:
            there = parsedate_to_datetime(date or "")
        except (TypeError, ValueError):
            return
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        self.skew_s = (self._budget.clock.now() - there).total_seconds()


class ForTokens:
    """The same, as the token library asks for it."""

    def __init__(self, web: Web) -> None:
        """Ask by this."""
        self._web = web

    def get(self, url: str, params: Any = None, headers: Any = None, **_more: Any) -> "_Response":  # noqa: ANN401
        """Return the answer to a GET; raises WebError."""
        return _Response(_taken(self._web.ask("GET", url, params=params, headers=headers)))

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_more: Any) -> "_Response":  # noqa: ANN401
        """Return the answer to a POST; raises WebError."""
        return _Response(_taken(self._web.ask("POST", url, params=params, data=data, headers=headers)))

    def close(self) -> None:
        """Leave the connections to the run."""


class _Response:
    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.headers = dict(reply.headers)
        self.text = reply.body.decode("utf-8", "replace")

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise WebError("unavailable", f"the token service answers {self.status_code}")


def _taken(reply: Reply) -> Reply:
    """Return the reply; raises WebError where the service is too busy or down: that refuses nobody."""
    if reply.status == 429 or reply.status >= 500:
        raise WebError("unavailable", f"the token service answers {reply.status}")
    return reply


def _nothing_added(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from adding what a .netrc holds for the host."""
    return request


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """Return what a Retry-After header asks for (RFC 9110, section 10.2.3); None where it says nothing readable."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - now).total_seconds(), 0.0)


def _check_shape(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Raise ValueError for more depth or more objects than any answer of Graph's has."""
    level, held = [value], 0
    for _ in range(DEEPEST):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [one for some in inner for one in some if isinstance(one, dict | list)]
        held += len(level)
        if held > MOST_OBJECTS:
            raise ValueError(f"more than {MOST_OBJECTS} objects and lists")
        if not level:
            return
    raise ValueError("nested too deeply")


def _host(url: str) -> str:
    return urlsplit(url).netloc[:200]


def _said(error: Exception) -> str:
    """Return what went wrong without the URL's query, which is nobody's business."""
    inner: BaseException = error
    while inner.__cause__ is not None or inner.__context__ is not None:
        inner = inner.__cause__ or inner.__context__  # type: ignore[assignment]
    return f"{type(inner).__name__}: {str(inner)[:200]}"
