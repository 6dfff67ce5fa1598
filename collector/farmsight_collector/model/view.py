"""The immutable picture of one farm as of T.

Nothing here is ever guessed: a question about facts that no run covers is
answered with `Knowledge.UNKNOWN` and the reason, never with an empty list.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME


class Knowledge(enum.Enum):
    """What is known of an answer."""

    KNOWN = "known"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


class UnknownFactError(Exception):
    """A fact that a rule needs is not known; the engine answers "cannot tell"."""

    def __init__(self, server: str, probe: str, part: str, context: str | None, reason: str) -> None:
        """Keep what was asked for and why there is no answer."""
        super().__init__(f"{server}: {probe}{'/' + part if part else ''}: {reason}")
        self.server = server
        self.probe = probe
        self.part = part
        self.context = context
        self.reason = reason

    def again(self) -> "UnknownFactError":
        """Return the same error anew, for one that is kept and raised more than once."""
        return UnknownFactError(self.server, self.probe, self.part, self.context, self.reason)


@dataclass(frozen=True, kw_only=True)
class Held:
    """One fact, as it was held at the instant of the view."""

    server: str
    kind: str
    context: str | None  # as in the vocabulary: "system", "adfs-service", ...
    key: str
    digest: bytes
    fact: facts_pb2.Fact
    began: datetime

    @classmethod
    def made(cls, **fields: object) -> "Held":
        """Return one with these fields, all of them: of tens of thousands a view is made."""
        held = object.__new__(cls)
        held.__dict__.update(fields)  # a frozen class would set one by one, at three times the cost
        return held

    @cached_property
    def value(self) -> Any:  # noqa: ANN401 - the message type follows from the kind
        """Return the fact's typed message."""
        return getattr(self.fact, KIND_BY_NAME[self.kind].field)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the last run of one part of one probe in one context came to."""

    probe: str
    part: str
    context: str | None
    outcome: str  # as in the vocabulary: "observed", "not_applicable", "denied", ...
    reason: str
    detail: str
    source: str
    began: datetime
    covered_until: datetime
    stale: bool  # no run covers the instant of the view


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to "which facts of this kind are there?"."""

    knowledge: Knowledge
    facts: tuple[Held, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server of the farm."""

    name: str
    role: str
    coverage: tuple[Coverage, ...]
    facts: Mapping[str, tuple[Held, ...]]  # by kind
    last_seen: datetime | None = None
    agent_version: str = ""

    def contexts(self, probe: str) -> tuple[str, ...]:
        """Return the contexts in which a run of this probe was reported, known or not."""
        return self._contexts.get(probe, ())

    def tried(self, probe: str, part: str | None = None) -> bool:
        """Tell whether any run of this probe (of this part of it) was reported, whatever came of it."""
        return any(row.probe == probe and part in (None, row.part) for row in self.coverage)

    def ask(self, kind: str, *, part: str | None = None, context: str | None = None) -> Answer:
        """Return the facts of a kind, or why they are not known.

        `part` narrows a kind whose part is taken from the key (a store name);
        without it, all parts that were reported must be known.
        """
        asked = (kind, part, context)
        answer = self._answers.get(asked)
        if answer is None:
            answer = self._answers[asked] = self._answered(kind, part, context)
        return answer

    @cached_property
    def worked_out(self) -> dict[Callable[..., Any], Any]:
        """Hold what was derived from this very server alone, by the function that derived it."""
        return {}

    @cached_property
    def _answers(self) -> dict[tuple[str, str | None, str | None], Answer]:
        return {}  # many rules ask the same, and a server never changes

    @cached_property
    def _contexts(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for row in self.coverage:
            if row.context is not None:
                found.setdefault(row.probe, set()).add(row.context)
        return {probe: tuple(sorted(contexts)) for probe, contexts in found.items()}

    @cached_property
    def _runs(self) -> dict[tuple[str, str | None], list[Coverage]]:
        """Return the coverage by probe and context."""
        found: dict[tuple[str, str | None], list[Coverage]] = {}
        for row in self.coverage:
            found.setdefault((row.probe, row.context), []).append(row)
        return found

    @cached_property
    def _by_part(self) -> dict[str, dict[tuple[str | None, str], tuple[Held, ...]]]:
        return {}

    def _parts(self, kind: str) -> dict[tuple[str | None, str], tuple[Held, ...]]:
        """Return the facts of a kind by context and the part that their keys name."""
        parts = self._by_part.get(kind)
        if parts is None:
            found: dict[tuple[str | None, str], list[Held]] = {}
            for held in self.facts.get(kind, ()):
                found.setdefault((held.context, held.key.partition("/")[0]), []).append(held)
            parts = self._by_part[kind] = {place: tuple(its) for place, its in found.items()}
        return parts

    def _answered(self, kind: str, part: str | None, context: str | None) -> Answer:
        described = KIND_BY_NAME[kind]
        wanted = part if described.part == "*" else described.part
        rows = self._runs.get((described.probe, context), ())
        if wanted is not None:
            rows = [row for row in rows if row.part == wanted]
        if not rows:
            return Answer(knowledge=Knowledge.UNKNOWN, reason=f"no run of {described.probe} was reported")
        for row in rows:
            if row.stale:
                return Answer(knowledge=Knowledge.UNKNOWN, reason=f"last seen {row.covered_until.isoformat()}")
            if row.outcome not in ("observed", "not_applicable"):
                reason = f"{row.outcome}: {row.reason}" + (f" ({row.detail})" if row.detail else "")
                return Answer(knowledge=Knowledge.UNKNOWN, reason=reason)
        if all(row.outcome == "not_applicable" for row in rows):
            return Answer(knowledge=Knowledge.NOT_APPLICABLE, reason=rows[0].reason)
        if described.part == "*" and wanted is not None:
            facts = self._parts(kind).get((context, wanted), ())
        else:
            facts = tuple(held for held in self.facts.get(kind, ()) if held.context == context)
        return Answer(knowledge=Knowledge.KNOWN, facts=facts)

    def need(self, kind: str, *, part: str | None = None, context: str | None = None) -> tuple[Held, ...]:
        """Return the facts of a kind; not applicable gives none.

        Raises UnknownFactError when they are not known.
        """
        answer = self.ask(kind, part=part, context=context)
        if answer.knowledge is Knowledge.UNKNOWN:
            described = KIND_BY_NAME[kind]
            raise UnknownFactError(self.name, described.probe, part or described.part, context, answer.reason)
        return answer.facts

    def need_one(self, kind: str, key: str, *, part: str | None = None, context: str | None = None) -> Held | None:
        """Return the fact with this key, or None when it is known not to be there."""
        return next((held for held in self.need(kind, part=part, context=context) if held.key == key), None)


@dataclass(frozen=True, kw_only=True)
class Farm:
    """The farm as of `as_of`; `blob` returns bytes by SHA-256, or None while they are not here."""

    name: str
    as_of: datetime
    servers: tuple[Server, ...]
    blob: Callable[[bytes], bytes | None] = field(default=lambda _digest: None, repr=False, compare=False)

    @cached_property
    def worked_out(self) -> dict[Callable[..., Any], Any]:
        """Hold what was derived from this very view, by the function that derived it."""
        return {}

    def of_role(self, *roles: str) -> tuple[Server, ...]:
        """Return the servers with one of these roles, by name."""
        found = self._of_role.get(roles)
        if found is None:
            found = self._of_role[roles] = tuple(server for server in self.servers if server.role in roles)
        return found

    @cached_property
    def _of_role(self) -> dict[tuple[str, ...], tuple[Server, ...]]:
        return {}

    @cached_property
    def _by_name(self) -> dict[str, Server]:
        return {server.name: server for server in reversed(self.servers)}

    def server(self, name: str) -> Server:
        """Return a server by name; raises KeyError."""
        return self._by_name[name]

    def known(self, kind: str, servers: Iterable[Server] | None = None) -> tuple[Held, ...]:
        """Return the facts of a kind that are known on any of the servers.

        For what is the farm's and not one server's (AD FS properties, the
        tenant's CAs): an answer from one server is an answer. Raises
        UnknownFactError when no server knows, naming the first reason.
        """
        asked = self.servers if servers is None else tuple(servers)
        answers = [(server, server.ask(kind)) for server in asked]
        found = tuple(held for _, answer in answers for held in answer.facts)
        if found or any(answer.knowledge is Knowledge.KNOWN for _, answer in answers):
            return found
        described = KIND_BY_NAME[kind]
        unknown = [(s, a) for s, a in answers if a.knowledge is Knowledge.UNKNOWN]
        unknown.sort(key=lambda one: (not one[0].tried(described.probe), one[0].name))  # who looked and failed first
        name, reason = (unknown[0][0].name, unknown[0][1].reason) if unknown else (self.name, "no server reports it")
        raise UnknownFactError(name, described.probe, described.part, None, reason)
