"""Servers of a role side by side: only what differs, with the odd one out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from farmsight_collector.cli.findings_output import SEVERITIES
from farmsight_collector.model.view import Farm
from farmsight_collector.queries import compare
from farmsight_collector.queries.apart import NOT_APPLICABLE
from farmsight_collector.shown.compared import Value, said, value
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

SIDE_BY_SIDE: Final = 6  # more servers are told by what most of them have
_ROLES: Final = {"adfs": "AD FS nodes", "wap": "Web Application Proxies", "proxy": "Reverse proxies"}
# Those of the farm and not of a server, those that change by the hour, and those with tables of their own.
_NOT_HERE: Final = frozenset(
    {"retrieval", "chain-verdict", "given-certificate", "url-cache", "entra-authority", "entra-domain"}
)


@dataclass(frozen=True, kw_only=True)
class Have:
    """What several servers have."""

    value: Value
    servers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that servers differ in: in the order of the servers, and by what they have, most servers first."""

    key: str
    context: str
    values: tuple[Value, ...]
    have: tuple[Have, ...]
    expected: str = ""  # in words
    meaning: str = ""
    severity: str = ""

    @property
    def majority(self) -> bool:
        """Tell whether more than half of those that are known have the same."""
        return any(one.odd for one in self.values)

    @property
    def others(self) -> tuple[Have, ...]:
        """Return what those have that are not of the majority; everything where there is none."""
        return self.have[1:] if self.majority else self.have


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One role: rows by kind, and apart from them what each server has of its own by its nature."""

    role: str
    title: str
    servers: tuple[str, ...]
    kinds: tuple[tuple[str, tuple[Row, ...]], ...]
    own: tuple[tuple[str, tuple[Row, ...]], ...]

    @property
    def wide(self) -> bool:
        """Tell whether there are more servers than can be read side by side."""
        return len(self.servers) > SIDE_BY_SIDE

    @property
    def differences(self) -> int:
        """Return how many things differ that ought to be alike."""
        return sum(len(rows) for _, rows in self.kinds)


def comparisons(farm: Farm) -> tuple[Comparison, ...]:
    """Return a comparison for each role that two servers or more have."""
    return tuple(_comparison(farm, role) for role in _ROLES if len(farm.of_role(role)) > 1)


def _comparison(farm: Farm, role: str) -> Comparison:
    answer = compare.answer(farm, query_pb2.CompareRequest(role=role, only_differences=True))
    rows = [row for row in answer.facts if row.kind not in _NOT_HERE]
    shared = _shared(farm)
    own = [_own(row, shared) for row in rows]
    return Comparison(
        role=role,
        title=_ROLES[role],
        servers=tuple(answer.servers),
        kinds=tuple(_by_kind(row for row, its in zip(rows, own, strict=True) if not its)),
        own=tuple(_by_kind(row for row, its in zip(rows, own, strict=True) if its)),
    )


def _shared(farm: Farm) -> frozenset[str]:
    """Return the thumbprints of certificates that servers are bound to or configured with: these, all should hold."""
    bound = {h.value.certificate_sha1 for server in farm.servers for h in server.facts.get("tls-binding", ())}
    named = {h.value.certificate.sha1 for server in farm.servers for h in server.facts.get("adfs-certificate", ())}
    return frozenset((bound | named) - {""})


def _own(row: query_pb2.ComparedFact, shared: frozenset[str]) -> bool:
    """Tell whether it is a certificate of the server's own store that no binding and no setting names."""
    store, _, sha1 = row.key.partition("/")
    return row.kind == "store-certificate" and store == "MY" and sha1 not in shared


def _by_kind(rows: Iterable[query_pb2.ComparedFact]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    for kind, its in groupby(rows, key=lambda row: row.kind):
        yield kind, tuple(_row(row) for row in its)


def _row(row: query_pb2.ComparedFact) -> Row:
    others = said(row.values)
    values = {one.server: value(one, others) for one in row.values}
    return Row(
        key=row.key,
        context=CONTEXT_NAMES[row.context] or "",
        values=tuple(values.values()),
        have=_have(values, {one.server: (one.state, one.digest) for one in row.values}),
        expected=row.expectation.replace("-", " "),
        meaning=row.meaning,
        severity=SEVERITIES.get(row.severity, ""),
    )


def _have(values: Mapping[str, Value], alike: Mapping[str, tuple[str, str]]) -> tuple[Have, ...]:
    groups: dict[tuple[str, str], list[str]] = {}
    for server, what in alike.items():
        groups.setdefault(what, []).append(server)
    found = [Have(value=values[servers[0]], servers=tuple(servers)) for servers in groups.values()]
    return tuple(sorted(found, key=_order))


def _order(one: Have) -> tuple[bool, int]:
    return one.value.state in ("unknown", NOT_APPLICABLE), -len(one.servers)
