"""Microsoft Graph: one resource's whole answer, page by page, or Graph's error in its place.

Source: Microsoft Graph documentation on paging (@odata.nextLink), on
throttling (429 with Retry-After) and on error responses.
"""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from farmsight_collector.clock import Clock
from farmsight_collector.entra.web import Budget, Reply, Web, WebError, seconds_of

log = logging.getLogger(__name__)

Answer = dict[str, Any]

PAGES: Final = 200
ROWS: Final = 20_000
TRIES: Final = 4
LONGEST_WAIT_S: Final = 60.0  # a longer Retry-After is left to the next run
WAITS_S: Final = (1.0, 4.0, 10.0)  # where an error of the service names none
BUSY: Final = frozenset({429, 500, 502, 503, 504})
_DENIED: Final = frozenset({"Authorization_RequestDenied", "accessDenied", "InvalidAuthenticationToken"})
_NO_SEGMENT: Final = "resource not found for the segment"


class TokenRefusedError(Exception):
    """No access token was given; the text says why, in the token service's words."""


class Bearer(Protocol):
    """Who has access tokens."""

    def token(self) -> str:
        """Return one; raises TokenRefusedError or WebError."""

    def refused(self) -> None:
        """Forget the token that Graph refused."""


class Graph:
    """One run's questions. Nothing is raised for what goes wrong: the answer says it."""

    def __init__(self, base: str, web: Web, bearer: Bearer, budget: Budget, clock: Clock) -> None:
        """Ask below `base`, such as https://graph.microsoft.com."""
        self._base = base.rstrip("/")
        self._origin = urlsplit(base)[:2]
        self._web = web
        self._bearer = bearer
        self._budget = budget
        self._clock = clock
        self._no_token: Answer | None = None
        self.asked_to_wait_s = 0.0

    def answer(self, path: str, *, permission: str, if_missing: bool = False) -> Answer:
        """Return the whole answer to a GET of a path below /v1.0, all pages of it, or `{"error": ...}`."""
        return self._errors_kept(lambda: self._pages(f"{self._base}/v1.0{path}", permission, if_missing=if_missing))

    def _errors_kept(self, look: Callable[[], Answer]) -> Answer:
        if self._no_token is not None:
            return self._no_token
        try:
            return look()
        except TokenRefusedError as error:
            self._no_token = _error("farmsight.tokenRefused", str(error))
            return self._no_token
        except WebError as error:
            codes = {"timed-out": "farmsight.timedOut", "unavailable": "farmsight.unavailable"}
            return _error(codes.get(error.kind, "farmsight.notTaken"), str(error))

    def _pages(self, url: str, permission: str, *, if_missing: bool) -> Answer:
        first: Answer = {}
        rows: list[Any] = []
        seen: set[str] = set()
        while url:
            page = self._page(url, permission, if_missing=if_missing)
            if "error" in page:
                return page
            seen.add(url)
            first = first or page
            if "value" in page and not isinstance(page["value"], list):
                return _error("farmsight.notUnderstood", "value is no list")
            rows += page.get("value", ())
            url = str(page.get("@odata.nextLink") or "")
            if url and (trouble := self._not_followed(url, seen, len(rows))):
                return _error("farmsight.notTaken", trouble)
        whole = {name: value for name, value in first.items() if name != "@odata.nextLink"}
        return {**whole, "value": rows} if "value" in first else whole

    def _not_followed(self, url: str, seen: set[str], rows: int) -> str:
        """Return why a next page is not asked for: half an answer is none."""
        if urlsplit(url)[:2] != self._origin:
            return "the next page is on another host, which gets no token"
        if url in seen:
            return "the pages go in a circle"
        over = len(seen) >= PAGES or rows > ROWS
        return f"more than {PAGES} pages or {ROWS} rows" if over else ""

    def _page(self, url: str, permission: str, *, if_missing: bool) -> Answer:
        reply = self._got(url)
        if reply.status == 200:
            try:
                found = reply.json()
            except ValueError as error:
                return _error("farmsight.notJson", f"the answer is no JSON: {str(error)[:200]}")
            if isinstance(found, dict) and "error" not in found:
                return found
            return _error("farmsight.notUnderstood", "the answer is no object")
        return self._refused(reply, permission, if_missing=if_missing)

    def _got(self, url: str) -> Reply:
        """Return the reply after the waits that the service asked for, with a new token where one had run out."""
        renewed = False
        for attempt in range(TRIES):
            headers = {"Authorization": f"Bearer {self._bearer.token()}", "Accept": "application/json"}
            reply = self._web.ask("GET", url, headers=headers)
            if reply.status == 401 and not renewed:
                renewed = True
                self._bearer.refused()
            elif reply.status in BUSY and attempt + 1 < TRIES:
                self._wait(reply, attempt)
            else:
                return reply
        return reply

    def _wait(self, reply: Reply, attempt: int) -> None:
        asked = seconds_of(reply.headers.get("Retry-After"), self._clock.now())
        wait = WAITS_S[min(attempt, len(WAITS_S) - 1)] if asked is None else asked
        if wait > LONGEST_WAIT_S:
            self.asked_to_wait_s = max(self.asked_to_wait_s, wait)
            raise WebError("unavailable", f"the service asks to come back in {wait:g} seconds")
        self._budget.wait(wait)

    def _refused(self, reply: Reply, permission: str, *, if_missing: bool) -> Answer:
        try:
            said = reply.json()
            error = said["error"]
            code, message = str(error["code"])[:100], str(error.get("message") or "")[:300]
        except (ValueError, KeyError, TypeError, AttributeError):
            code, message = f"HTTP {reply.status}", "no error that Graph would send"
        if reply.status == 429:
            return _error("farmsight.throttled", f"{code}: {message}")
        if reply.status >= 500:
            return _error("farmsight.unavailable", f"{reply.status} {code}: {message}")
        if reply.status in (401, 403):
            text = f"{message} (needs {permission})" if reply.status == 403 else message
            return _error(code if code in _DENIED else "accessDenied", text if code in _DENIED else f"{code}: {text}")
        absent = reply.status == 404 or (reply.status == 400 and _NO_SEGMENT in message.lower())
        if absent and if_missing:
            return _error("farmsight.notThere", f"{code}: {message}")
        return _error(code, f"{reply.status}: {message}")


def _error(code: str, message: str) -> Answer:
    return {"error": {"code": code, "message": message}}
