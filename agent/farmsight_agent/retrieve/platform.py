"""The platform's own answer for a URL beside ours: CryptoAPI on Windows, nobody elsewhere.

It is asked when our own fetches are over: neither their time nor their memory
is shared with it, and how long it took disturbs no measurement.

CryptoAPI logs on by itself to whoever asks for it, as the account. Anybody's
certificate can name any host, so it may do that only where we know whom it
speaks to: a proxy that the account's own settings name, and the account's own
domain.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from farmsight_agent.normalise.durations import duration_class
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.aside import Aside, AsideError
from farmsight_agent.retrieve.ldap_url import parse_ldap
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_wire.v1 import facts_pb2

AT_ONCE: Final = 2
LARGE: Final = 4 * 1024 * 1024  # a CRL of this size is compared byte by byte; decoding it too would cost its manifold
_LONGER_S: Final = 5.0  # than CryptoAPI's own limit, before the process is ended
_SCHEMES: Final = frozenset({"http", "https", "ldap"})
_KINDS: Final = {
    facts_pb2.RETRIEVAL_PURPOSE_CRL: "crl",
    facts_pb2.RETRIEVAL_PURPOSE_DELTA: "crl",
    facts_pb2.RETRIEVAL_PURPOSE_AIA: "certificates",
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One URL to be asked for; `size` is that of our own answer, 0 where we have none.

    `login`: whether the platform may prove who the account is, where it is asked to.
    """

    url: str
    kind: str
    size: int = 0
    login: bool = False


class Platform(Protocol):
    """Who else fetches URLs here."""

    def ask(self, question: Question, timeout_s: float, *, cached: bool) -> facts_pb2.PlatformAnswer:
        """Return what it gave, over the wire alone or from its cache alone; never raises."""

    def close(self) -> None:
        """Let go of what asking needed."""


class CryptoApi:
    """CryptoAPI, asked in a process aside: what hangs there is ended, and what breaks there breaks nothing else."""

    def __init__(self, aside: Aside, max_bytes: int) -> None:
        """Take over the process."""
        self._aside = aside
        self._max_bytes = max_bytes

    def ask(self, question: Question, timeout_s: float, *, cached: bool) -> facts_pb2.PlatformAnswer:
        """Return its answer; one that could not be had says why in `detail`."""
        request = {
            "op": "object",
            "url": question.url,
            "kind": question.kind,
            "cached": cached,
            "timeout_ms": max(1, int(timeout_s * 1000)),
            "max_bytes": min(self._max_bytes, 0x7FFFFFFF),
            "large": question.size > LARGE,
            "login": question.login,
        }
        try:
            return _told(self._aside.ask(request, timeout_s + _LONGER_S))
        except TimeoutError:
            return facts_pb2.PlatformAnswer(detail="CryptoAPI did not come back within its own limit")
        except AsideError as error:
            return facts_pb2.PlatformAnswer(detail=f"CryptoAPI could not be asked: {error}")

    def close(self) -> None:
        """End the process."""
        self._aside.close()


def of_this_process(limits: Limits) -> tuple[Platform, ...]:
    """Return whom to ask here, each for one question at a time: CryptoAPI on Windows, () elsewhere."""
    if sys.platform == "win32":
        from farmsight_agent.hosts.windows.network.proxy_of_process import COMMAND  # noqa: PLC0415 - stands on Windows

        return tuple(CryptoApi(Aside(COMMAND), limits.max_bytes) for _ in range(AT_ONCE))
    return ()


def beside(
    answers: Iterable[facts_pb2.Retrieval],
    platforms: tuple[Platform, ...],
    limits: Limits,
    deadline: Deadline | None,
    is_own: Callable[[str], bool] = lambda _host: False,
) -> None:
    """Put the platform's answers into ours, for what it can fetch, and close it; OCSP is not among it.

    `is_own` tells whether a host is of the machine's own domain.
    """
    waiting = iter(list(answers))  # of a list: its next one is taken in one step
    with ThreadPoolExecutor(max(1, len(platforms)), thread_name_prefix="platform") as pool:
        for asked in [pool.submit(_each, one, waiting, limits, deadline, is_own) for one in platforms]:
            asked.result()


def _each(
    platform: Platform,
    waiting: Iterator[facts_pb2.Retrieval],
    limits: Limits,
    deadline: Deadline | None,
    is_own: Callable[[str], bool],
) -> None:
    with closing(platform):
        for answer in waiting:
            question = question_of(answer, is_own)
            if question is not None:
                _one(platform, question, answer, limits, deadline)


def _one(
    platform: Platform, question: Question, answer: facts_pb2.Retrieval, limits: Limits, deadline: Deadline | None
) -> None:
    for cached, into in ((True, answer.platform_cache), (False, answer.platform_wire)):
        try:
            allowed_s = limits.timeout_s if deadline is None else deadline.left(limits.timeout_s)
        except TimeoutError:
            into.detail = "the time for the whole run was over"
        else:
            into.CopyFrom(platform.ask(question, allowed_s, cached=cached))


def question_of(answer: facts_pb2.Retrieval, is_own: Callable[[str], bool] = lambda _host: False) -> Question | None:
    """Return what to ask for beside our own answer; None where the platform's call does not fit."""
    kind = _KINDS.get(answer.purpose)
    if kind is None or urls.scheme_of(answer.url) not in _SCHEMES:
        return None
    if answer.outcome == facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN:
        return None  # we did not ask either
    try:
        secret = urlsplit(answer.url).username is not None
    except ValueError:
        return None
    if secret:
        return None
    return Question(url=answer.url, kind=kind, size=answer.size, login=_may_log_on(answer, is_own))


def _may_log_on(answer: facts_pb2.Retrieval, is_own: Callable[[str], bool]) -> bool:
    if urls.scheme_of(answer.url) != "ldap":
        return bool(answer.proxy)
    try:
        host = parse_ldap(answer.url).host
    except ValueError:
        return False
    return not host or is_own(host)  # without a host it is the machine's own domain that is asked


def _told(answer: dict[str, object]) -> facts_pb2.PlatformAnswer:
    took = duration_class(float(str(answer.get("took_ms", 0))))
    if not answer.get("ok"):
        return facts_pb2.PlatformAnswer(error=str(answer.get("error", ""))[:16], took=took)
    return facts_pb2.PlatformAnswer(
        ok=True,
        took=took,
        size=int(str(answer.get("size", 0))),
        body_sha256=bytes.fromhex(str(answer.get("sha256", "")))[:32],
    )
