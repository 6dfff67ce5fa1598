"""What `farmsight-agent collect` wrote (schema farmsight.facts/1), read back."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from google.protobuf import json_format
from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.sections import file_of
from farmsight_agent.hosts.evidence.documents.shapes import instant, raw, rows, text
from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME, part_of

_ERRORS: Final[dict[str, type[NotObservedError]]] = {
    "not_applicable": NotApplicableError,
    "denied": DeniedError,
    "unavailable": UnavailableError,
    "timed_out": TimedOutError,
    "failed": FailedError,
}


class Recording:
    """One collected file of one server."""

    def __init__(self, document: Located) -> None:
        """Take the file's object."""
        self._document = document
        self.source = file_of(document)

    @property
    def server(self) -> str:
        """Return the server that the file says it speaks of."""
        return text(self._document.get("server"))

    @property
    def role(self) -> str:
        """Return the role that the file says the server has."""
        return text(self._document.get("role"))

    @property
    def collected_at(self) -> int:
        """Return when, in microseconds since 1970; 0 when it does not say."""
        at = instant(self._document.get("collected_at"))
        return at.ToMicroseconds() if at is not None else 0

    def speaks_of(self, probe: str) -> bool:
        """Tell whether the probe was run at all."""
        return any(text(row.get("probe")) == probe for row in rows(self._document.get("probes")))

    def facts(
        self, probe: str, part: str | None = None, context: "facts_pb2.Context.ValueType | None" = None
    ) -> Seen[facts_pb2.Fact]:
        """Return a probe's facts, of one part or context where given; raises as its run ended."""
        if not self.speaks_of(probe):
            raise UnavailableError("not-collected", f"no run of {probe}", source=self.source)
        found = tuple(self._facts(probe, part, context))
        if not found:
            self._raise_as_it_ended(probe, part, context)
        return sourced([(one, one.source) for one in found], self.source)

    def _facts(
        self, probe: str, part: str | None, context: "facts_pb2.Context.ValueType | None"
    ) -> Iterator[facts_pb2.Fact]:
        for row in rows(self._document.get("facts")):
            kind = KIND_BY_NAME.get(text(row.get("kind")))
            if kind is None or kind.probe != probe:
                continue
            one = _fact(row, kind.field)
            if part in {None, part_of(kind, one.key)} and context in {None, one.context}:
                yield one

    def _raise_as_it_ended(self, probe: str, part: str | None, context: "facts_pb2.Context.ValueType | None") -> None:
        """Raise unless some matching run observed: then there was nothing."""
        runs = [row for row in rows(self._document.get("probes")) if text(row.get("probe")) == probe]
        mine = [row for row in runs if _matches(row, part, context)] or runs
        if any(text(row.get("outcome")) == "observed" for row in mine):
            return
        row = mine[0]
        error = _ERRORS.get(text(row.get("outcome")), FailedError)
        raise error(text(row.get("reason")) or "not-said", text(row.get("detail")), source=row.source)

    def parts(self, probe: str) -> tuple[str, ...]:
        """Return the parts of a probe that were looked at or asked for."""
        runs = (row for row in rows(self._document.get("probes")) if text(row.get("probe")) == probe)
        return tuple(dict.fromkeys(text(row.get("part")) for row in runs if text(row.get("part"))))

    def accounts(self) -> tuple[Account, ...]:
        """Return the accounts that facts were observed as, and the contexts that could not be entered."""
        listed = (row for name in ("probes", "facts") for row in rows(self._document.get(name)))
        found: dict[facts_pb2.Context.ValueType, Account] = {}
        for row in listed:
            context = CONTEXT_BY_NAME.get(text(row.get("context")) or None)
            proof = row.get("asked_by")
            if context and (context not in found or not found[context].sid):
                shown = proof if isinstance(proof, Located) else Located()
                found[context] = Account(context=context, name=text(shown.get("account")), sid=text(shown.get("sid")))
        return tuple(found[context] for context in sorted(found))

    @cached_property
    def blobs(self) -> dict[bytes, bytes]:
        """Return the bytes that facts refer to, where the file carries them, by SHA-256."""
        held = self._document.get("blobs")
        found = [raw(value) for value in held.values()] if isinstance(held, dict) else []
        return {hashlib.sha256(data).digest(): data for data in found if data}


def _matches(row: Located, part: str | None, context: "facts_pb2.Context.ValueType | None") -> bool:
    of_part = part is None or "part" not in row or text(row["part"]) == part
    if context is None or row.get("context") is None:
        return of_part
    return of_part and CONTEXT_BY_NAME.get(text(row["context"])) == context


def _fact(row: Located, field: str) -> facts_pb2.Fact:
    one = facts_pb2.Fact(
        key=text(row.get("key")),
        context=CONTEXT_BY_NAME.get(text(row.get("context")) or None, facts_pb2.CONTEXT_UNSPECIFIED),
        source=text(row.get("source")) or row.source,
    )
    if not isinstance(row.get("value"), Located):
        raise FailedError("not-understood", "a fact whose value is no object", source=row.source)
    try:
        value: Message = getattr(one, field)
        value.SetInParent()
        json_format.ParseDict(row["value"], value, ignore_unknown_fields=True)
        if row.get("asked_by"):
            json_format.ParseDict(row["asked_by"], one.asked_by, ignore_unknown_fields=True)
        one.SerializeToString()
    except (KeyError, json_format.ParseError, TypeError, ValueError, AttributeError, RecursionError) as error:
        detail = f"{type(error).__name__}: {str(error)[:200]}"
        raise FailedError("not-understood", detail, source=row.source) from error
    return one
