"""Which account of which server is without a CRL first, where its URL does not answer any more.

CryptoAPI goes by a CRL from the cache of its account until the CRL's next
update, and asks the URL only then (Microsoft, "How certificate revocation
works", "CryptoAPI caching of CRLs"). So while a URL fails, each account works
for as long as what it has lasts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from farmsight_collector.forecast.expected import Expected, minute
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.model.words import enum_word
from farmsight_collector.pki.freshness import next_update
from farmsight_collector.pki.told import by_tool
from farmsight_wire.v1 import facts_pb2 as f

_PURPOSES: Final = ("crl ", "delta ")
_UNTOLD: Final = (f.RETRIEVAL_OUTCOME_UNKNOWN, f.RETRIEVAL_OUTCOME_UNSPECIFIED)
_NOT_HERE: Final = (f.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME, f.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE)


@dataclass(frozen=True, kw_only=True)
class _Place:
    server: Server
    context: str | None
    held: Held

    @property
    def url(self) -> str:
        return self.held.key.partition(" ")[2]


def lets_go(farm: Farm) -> Iterator[Expected]:
    """Yield of each CRL's URL, server and account until when it works, where it does not work for good."""
    issuers = _issuers(farm)
    for place in _places(farm):
        yield _expected(farm, place, issuers)


def _places(farm: Farm) -> Iterator[_Place]:
    for server in farm.servers:
        for context in server.contexts("retrievals"):
            answer = server.ask("retrieval", context=context)
            if answer.knowledge is Knowledge.KNOWN:
                yield from (
                    _Place(server=server, context=context, held=held)
                    for held in answer.facts
                    if held.key.startswith(_PURPOSES) and held.value.outcome not in _NOT_HERE
                )


def _expected(farm: Farm, place: _Place, issuers: dict[str, str]) -> Expected:
    name = f"{place.server.name} ({place.context})" if place.context else place.server.name
    about = Expected(
        of="cache", key=place.held.key, state="none", says="", server=place.server.name, context=place.context
    )
    value = place.held.value
    if value.outcome in _UNTOLD or by_tool(value):
        return _no(about, f"nothing exact is known of what {name} fetches there")
    if value.outcome == f.RETRIEVAL_OUTCOME_OK and not _bad(value):
        return _served(farm, about, name, value)
    failing = enum_word(value, "outcome") if value.outcome != f.RETRIEVAL_OUTCOME_OK else "signed by another key"
    other = _other(farm, place, issuers.get(place.held.key, ""))
    if other:
        return replace(
            about, state="not-expected", says=f"{name} works: {other} serves the same CA's list", why=f"{failing} here"
        )
    return _cached(farm, about, name, place, failing)


def _served(farm: Farm, about: Expected, name: str, value: f.Retrieval) -> Expected:
    ends = next_update(value.crl)
    if ends is None:
        return replace(about, state="not-expected", says=f"{name} works: the list never ends")
    if ends <= farm.as_of:
        return replace(about, state="now", says=f"{name} fails now: the list that the URL serves ended {minute(ends)}")
    says = f"{name} works: the URL answers; its list ends {minute(ends)}"
    return replace(about, state="not-expected", says=says, at=ends)


def _cached(farm: Farm, about: Expected, name: str, place: _Place, failing: str) -> Expected:
    answer = place.server.ask("url-cache", context=place.context)
    if answer.knowledge is Knowledge.UNKNOWN:
        return _no(about, f"the URL fails for {name} ({failing}), and its cache is not known: {answer.reason}")
    held = next((one for one in answer.facts if one.key == place.url), None)
    ends = None if held is None else next_update(held.value.crl)
    if held is not None and ends is None:
        return _no(about, f"the URL fails for {name} ({failing}), and until when its cached list holds is not shown")
    if ends is None or ends <= farm.as_of:
        had = f"its cached list ended {minute(ends)}" if ends else "nothing is in its cache"
        return replace(about, state="now", says=f"{name} fails now: {failing}, and {had}", at=ends)
    says = f"{name} works until {minute(ends)}, from its cache; the URL fails there: {failing}"
    return replace(about, state="expected", says=says, at=ends, earliest=ends, latest=ends)


def _bad(value: f.Retrieval) -> bool:
    return value.signature in (f.SIGNATURE_CHECK_FAILED, f.SIGNATURE_CHECK_WRONG_ISSUER)


def _issuers(farm: Farm) -> dict[str, str]:
    """Return of which CA the list of each URL is, by what anybody fetched there or has in a cache."""
    found: dict[str, str] = {}
    for server in farm.servers:
        for held in server.facts.get("retrieval", ()):
            if held.key.startswith(_PURPOSES) and held.value.crl.issuer:
                found.setdefault(held.key, held.value.crl.issuer)
        for held in server.facts.get("url-cache", ()):
            if held.value.crl.issuer:
                found.setdefault(f"crl {held.key}", held.value.crl.issuer)
    return found


def _other(farm: Farm, place: _Place, issuer: str) -> str:
    """Return another URL at which the same account gets a list of the same CA that has not ended."""
    answer: Iterable[Held] = place.server.ask("retrieval", context=place.context).facts
    purpose = place.held.key.partition(" ")[0]
    for held in answer:
        value, ends = held.value, next_update(held.value.crl)
        good = value.outcome == f.RETRIEVAL_OUTCOME_OK and not _bad(value) and (ends is None or ends > farm.as_of)
        same = held.key.startswith(f"{purpose} ") and held.key != place.held.key and issuer
        if good and same and value.crl.issuer == issuer and bool(value.crl.number):
            return held.key.partition(" ")[2]
    return ""


def _no(about: Expected, why: str) -> Expected:
    return replace(about, state="none", says=f"no forecast, because {why}", why=why)
