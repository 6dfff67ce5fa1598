"""The servers that evidence speaks of: each with its role, and with what was captured of it, round by round."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Capture
from farmsight_agent.hosts.evidence.documents import accounts as listed
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile
from farmsight_agent.hosts.evidence.roles import RoleGuess, role_of
from farmsight_agent.hosts.evidence.rounds import ONE_GO, Round, in_doubt, rounds, with_more
from farmsight_agent.hosts.evidence.shelf import Shelf, in_turn
from farmsight_agent.hosts.host import Account

TENANT: Final = "TENANT"  # the server that stands for the tenant's files where no server is
_APART: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ServerEvidence:
    """One server: its role with the reason for it, and what was captured, oldest first."""

    name: str
    role: RoleGuess
    rounds: tuple[Round, ...]
    named: tuple[Account, ...] = ()  # the accounts that its documents list, in whichever round

    @property
    def taken(self) -> tuple[Round, ...]:
        """Return the rounds that hold anything of its own, not of the farm alone."""
        own = tuple(go for go in self.rounds if any(one.server == self.name for one in go.captures))
        return own or self.rounds

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of the files that speak of it."""
        return tuple(sorted({one.file for go in self.rounds for one in go.captures}))

    def shelf(self, go: Round, files: Mapping[str, EvidenceFile]) -> Shelf:
        """Return what one round holds, to be read."""
        return Shelf(self.name, go.captures, files, where=self.name, named=self.named)


def servers_of(
    captures: Iterable[Capture],
    files: Mapping[str, EvidenceFile],
    *,
    given: Mapping[str, str],
    latest: datetime | None,
) -> tuple[list[ServerEvidence], list[str]]:
    """Return the servers by name, and what is to be said of how they were told.

    `given` are roles by server; `latest` bounds the dates of evidence that does not date itself. What is nobody's
    (the tenant's, certificates that were handed in) is with the server that speaks for the farm.
    """
    by_server: dict[str, list[Capture]] = defaultdict(list)
    for one in captures:
        by_server[one.server].append(one)
    everybodys = by_server.pop("", [])
    found = [
        _server(name, rounds(name, by_server[name], latest), files, given.get(name, "")) for name in sorted(by_server)
    ]
    notes = [f"{one.name}: role {one.role.role or 'not known'}, {one.role.reason}" for one in found]
    notes += [note for one in found for note in in_doubt(one.rounds)]
    notes += _apart(found)
    if everybodys:
        found = _with_everybodys(found, everybodys, latest)
        shared = ", ".join(dict.fromkeys(one.file for one in everybodys))
        notes.append(f"{shared}: no server's, and reported with {_carrier(found)}")
    return found, notes


def _server(name: str, goes: Sequence[Round], files: Mapping[str, EvidenceFile], given: str) -> ServerEvidence:
    shelves = [Shelf(name, go.captures, files, where=name) for go in goes]
    named = {
        one.context: one
        for shelf in in_turn(shelves)
        if shelf.document().keys() & {"Contexts", "Services"}
        for one in listed.accounts(shelf.document())
    }
    for shelf in shelves:
        shelf.named = tuple(named.values())
    guess = RoleGuess(role=given, reason="given by --role", proven=True) if given else role_of(shelves)
    return ServerEvidence(name=name, role=guess, rounds=tuple(goes), named=tuple(named.values()))


def _apart(servers: Sequence[ServerEvidence]) -> Iterator[str]:
    """Yield what is said where servers were captured days apart: what differs may have changed in between."""
    taken = {one.name: when for one in servers if (when := one.rounds[-1].when) is not None}
    if not taken:
        return
    first, last = min(taken, key=lambda one: taken[one]), max(taken, key=lambda one: taken[one])
    apart = taken[last] - taken[first]
    if apart > _APART:
        yield (
            f"{first} was captured {apart.days} days {apart.seconds // 3600} hours before {last}: "
            "what differs between servers may have changed in between"
        )


def _voice(servers: Sequence[ServerEvidence]) -> ServerEvidence:
    """Return the server whose reports carry what belongs to none: an AD FS node where there is one."""
    speaking = [one for one in servers if one.role.role]
    return next((one for one in speaking if one.role.role == "adfs"), speaking[0])


def _carrier(servers: Sequence[ServerEvidence]) -> str:
    return TENANT if servers[-1].name == TENANT else _voice(servers).name


def _with_everybodys(
    servers: Sequence[ServerEvidence], captures: Sequence[Capture], latest: datetime | None
) -> list[ServerEvidence]:
    handed_in = [one for one in captures if one.form == CERTIFICATES]
    goes = rounds(TENANT, [one for one in captures if one.form != CERTIFICATES], latest)
    if not any(one.role.role for one in servers):
        guess = RoleGuess(role="vantage", reason="it stands for files that are no server's", proven=True)
        whole = goes or rounds(TENANT, handed_in, latest)
        last = with_more(whole[-1], handed_in if goes else ())
        return [*servers, ServerEvidence(name=TENANT, role=guess, rounds=(*whole[:-1], last))]
    voice = _voice(servers)
    own = [*voice.rounds[:-1], with_more(voice.rounds[-1], handed_in)]
    for go in goes:
        beside = next((one for one in own if abs(_time(one) - _time(go)) <= ONE_GO.total_seconds()), None)
        if beside is None:
            own.append(replace(go, server=voice.name))
        else:
            own[own.index(beside)] = with_more(beside, go.captures)
    together = tuple(sorted(own, key=_time))
    return [replace(one, rounds=together) if one is voice else one for one in servers]


def _time(go: Round) -> float:
    return go.when.timestamp() if go.when is not None else 0.0
