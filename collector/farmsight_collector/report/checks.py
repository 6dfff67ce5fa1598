"""Servers by checks: what the rules of each theme say of each server, in one table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Server
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import Finding
from farmsight_collector.rules.rule import Rule
from farmsight_collector.shown.findings import WORDS, Cause
from farmsight_collector.shown.summary import every

_HEADS: Final = {
    "store": "stores",
    "chain": "chains",
    "crl": "CRLs",
    "network": "network",
    "http": "http.sys",
    "tls": "TLS",
    "adfs": "AD FS",
    "farm": "farm",
    "wap": "WAP",
    "claim": "claims",
    "entra": "Entra ID",
    "user": "users",
    "client": "clients",
    "lb": "balancer",
    "agent": "agent",
}
MOST_ROWS: Final = 16  # more servers are put together where they are alike


@dataclass(frozen=True, kw_only=True)
class Check:
    """What one theme says of one server.

    `state` is a severity, unknown, ok (its rules had what they read, and none
    holds) or none (there is no rule for such a server).
    """

    state: str
    found: tuple[tuple[str, int], ...] = ()  # findings by severity
    undecided: int = 0  # rules that cannot tell
    clear: int = 0  # rules that can, and do not hold
    causes: tuple[int, ...] = ()  # by their numbers


@dataclass(frozen=True, kw_only=True)
class Line:
    """Servers that are alike in all checks; none of them: what is the farm's as a whole."""

    servers: tuple[str, ...]
    role: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, kw_only=True)
class Checks:
    """The whole table: heads of the columns, and a line a server."""

    heads: tuple[str, ...]
    lines: tuple[Line, ...]


def checks(picture: Evaluated, causes: Iterable[Cause], rules: Sequence[Rule] = RULES) -> Checks:
    """Return the table of a farm; themes without any rule for it have no column."""
    numbers = {one.id: cause.number for cause in causes for one in every((cause,))}
    servers = [(one, (one.name,), one.role) for one in picture.farm.servers]
    asked = [*servers, (None, (), "")]
    themes = list(dict.fromkeys(rule.code.partition(".")[0] for rule in rules))
    table = _Table(picture, numbers, rules)
    rows = [[table.check(server, theme) for theme in themes] for server, _, _ in asked]
    shown = [at for at in range(len(themes)) if any(row[at].state != "none" for row in rows)]
    lines = [
        Line(servers=names, role=role, checks=tuple(row[at] for at in shown))
        for (_, names, role), row in zip(asked, rows, strict=True)
    ]
    return Checks(heads=tuple(_HEADS.get(themes[at], themes[at]) for at in shown), lines=tuple(_folded(lines)))


def _folded(lines: Sequence[Line]) -> Iterable[Line]:
    if len(lines) <= MOST_ROWS:
        return lines
    groups: dict[tuple[str, tuple[Check, ...]], list[Line]] = {}
    for one in lines:
        groups.setdefault((one.role, one.checks), []).append(one)
    return [
        Line(servers=tuple(name for one in its for name in one.servers), role=role, checks=alike)
        for (role, alike), its in groups.items()
    ]


class _Table:
    """Findings and what rules could not tell, by server and theme."""

    def __init__(self, picture: Evaluated, numbers: Mapping[str, int], rules: Sequence[Rule]) -> None:
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            theme = rule.code.partition(".")[0]
            for role in sorted(rule.roles) if rule.on_server is not None else ("",):
                self._rules.setdefault((role, theme), []).append(rule)
        self._numbers = numbers
        self._found: dict[tuple[str, str], list[Finding]] = {}
        for one in picture.evaluation.findings:
            for name in one.servers or ("",):
                self._found.setdefault((name, one.rule.code.partition(".")[0]), []).append(one)
        self._held = {one.rule.code for one in picture.evaluation.findings}
        self._open: dict[tuple[str, str], set[str]] = {}
        for told in picture.evaluation.unknown:
            place = (told.verdict.server or "", told.code.partition(".")[0])
            self._open.setdefault(place, set()).add(told.code)

    def check(self, server: Server | None, theme: str) -> Check:
        name, role = (server.name, server.role) if server is not None else ("", "")
        rules = self._rules.get((role, theme), [])
        found = self._found.get((name, theme), [])
        undecided = self._open.get((name, theme), set())
        counted = Counter(one.severity.word for one in found)
        held = {one.rule.code for one in found} if server is not None else self._held
        clear = sum(rule.code not in held and rule.code not in undecided for rule in rules)
        worst = next((word for word in WORDS if counted[word]), "unknown" if undecided else "ok")
        return Check(
            state=worst if rules or found or undecided else "none",
            found=tuple((word, counted[word]) for word in WORDS if counted[word]),
            undecided=len(undecided),
            clear=clear,
            causes=tuple(sorted({self._numbers[one.id] for one in found if one.id in self._numbers})),
        )
