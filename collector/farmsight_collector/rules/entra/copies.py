"""What servers and vantage points got when they fetched the CRL URLs that the tenant's CA objects name.

Nobody can look from where Entra looks. A vantage point outside comes nearest;
where none fetched the URL, what the farm's own servers got has to do.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.urls import scheme, urls
from farmsight_collector.rules.rule import CannotTell, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

_LISTS = frozenset({facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA})


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One fetch of a URL, in the one spelling of all sources."""

    held: Held
    value: facts_pb2.Retrieval


@dataclass(frozen=True, kw_only=True)
class Published:
    """One CRL URL of one CA object, and what came from there."""

    authority: Held
    url: str
    delta: bool
    copies: tuple[Copy, ...]  # the CRLs that count: from outside where anybody was outside
    outside: bool
    tried: tuple[Copy, ...]  # every fetch of the URL, whatever became of it
    came: tuple[Copy, ...] = ()  # every CRL that came, to whomever
    blind: str = ""  # why what came to a vantage point is not known, where that is so

    @property
    def subject(self) -> str:
        """Return the CA's name, or the object's key when it shows none."""
        return str(self.authority.value.certificate.subject or self.authority.key)

    def doubt(self, reason: str) -> CannotTell:
        """Return that nothing can be told of this URL."""
        return CannotTell(subject=self.url, reason=reason, probe="retrievals")


def published(farm: Farm) -> Iterator[Published]:
    """Yield the http URLs of all CA objects; raises UnknownFactError when the tenant's side is not known."""
    fetches, blind = _fetches(farm), next((reason for _, reason in blind_vantages(farm)), "")
    for authority in listed(farm):
        for field, url in urls(authority):
            if scheme(url) not in ("http", "https"):
                continue
            tried = fetches.get(url.strip(), ())
            came = [c for c in tried if c.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK and not c.value.from_cache]
            outside = [c for c in came if farm.server(c.held.server).role == "vantage"]
            yield Published(
                authority=authority,
                url=url.strip(),
                delta=field.startswith("Delta"),
                copies=tuple(outside or ([] if blind else came)),
                outside=bool(outside),
                tried=tried,
                came=tuple(came),
                blind=blind,
            )


def judged(farm: Farm, judge: Callable[[Published], Iterable[Verdict]]) -> Iterator[Verdict]:
    """Yield what `judge` says of each URL from which a CRL came, and a doubt for every other."""
    blind = tuple(unseen(farm.of_role("vantage"), "retrieval"))
    for one in published(farm):
        if blind and not one.outside:
            yield from (replace(doubt, subject=one.url) for doubt in blind)
        elif one.copies:
            yield from judge(one)
        else:
            nothing = "no server or vantage point got a CRL from it" if one.tried else "nobody fetched it"
            yield one.doubt(one.blind or nothing)


@per_farm
def blind_vantages(farm: Farm) -> tuple[tuple[str, str], ...]:
    """Return the vantage points whose fetches are not known, each with the reason."""
    found = []
    for server in farm.of_role("vantage"):
        contexts: tuple[str | None, ...] = server.contexts("retrievals") or (None,)
        answers = [server.ask("retrieval", context=context) for context in contexts]
        unknown = next((answer for answer in answers if answer.knowledge is Knowledge.UNKNOWN), None)
        if unknown is not None:
            found.append((server.name, f"{server.name}: {unknown.reason}"))
    return tuple(found)


@per_farm
def _fetches(farm: Farm) -> dict[str, tuple[Copy, ...]]:
    """Return the fetches of CRLs and delta CRLs by their URL."""
    found: dict[str, list[Copy]] = {}
    for server in farm.servers:
        for context in server.contexts("retrievals"):
            for held in server.ask("retrieval", context=context).facts:
                one = Copy(held=held, value=plain(held.value))
                looked = one.value.outcome != facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN
                if looked and one.value.purpose in _LISTS:
                    found.setdefault(one.value.url.strip(), []).append(one)
    return {url: tuple(copies) for url, copies in found.items()}
