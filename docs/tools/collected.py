"""docs/collected.md: all that can leave a server, field by field, from the list of probes and the contract."""

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from docs.tools.contract import comments
from docs.tools.markdown import code, table
from farmsight_agent.probe import EVERY_ROLE, Probe
from farmsight_agent.probes import PROBES
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1 import vocabulary as words

_HEAD: Final = """\
# What is collected, and what never is

Made by `make reference` from the agent's list of probes and from the messages that its facts are written in. What is
not on this page has no field to travel in: a new one is a change of the contract, and of this page.

## What never leaves a server

- **Private keys.** No message has a field for one. Of a key the store says that it exists and which provider keeps
  it; it is not opened. A file that holds a private key is refused whole, with nothing of it kept.
- **Passwords, secrets, tokens.** Those in proxy addresses are cut off before they become a fact; URLs with
  credentials in them are not fetched with these. Of AD FS's database it is told whether it is `WID` or `SQL`.
- **Sign-ins.** No request, ticket, token or claim value is read: of claim rules the text, not what they issue. No
  directory is searched for users, no traffic is captured.
- **Files, registry or memory at large.** Probes read named places; none takes a path, a key or a command from the
  collector.
- **Other trusts.** Of AD FS trusts, those of Active Directory and of Microsoft 365 alone.

## What may name a person

- **Event records** of the logs named in [probes.md](probes.md#events): their named values are kept as they are (100 a
  record, 2,000 characters each), and AD FS writes names of users into some of them.
- **Certificates that somebody hands in**: a file in an evidence folder, one named by `retrieval.user_certificates`, one
  that is traced. A trace is worked out and not stored. An agent looks into no user's own store.
- **Accounts** of services and of processes that listen, with their SIDs.

## What is changed on a server

Nothing but the agent's own state folder. Where a context needs a scheduled task that runs once
([contexts.md](contexts.md)), it is removed again. A chain that Windows itself is asked about may fill that account's
URL cache, as any other check would.

A collector can ask for cadence, for bytes that a fact has named by hash (certificates, CRLs, OCSP answers, claim rule
texts), for a fresh snapshot, and for pace; nothing else is in the contract ([interfaces.md](interfaces.md)). How long
all of it is kept: [Settings](settings.md), `retention`.

To see it on a server, before any collector is there: `farmsight-agent collect --json` prints all that would be sent.

"""
_SENT: Final = """\
## Beside the facts

Numbers over time (*samples*), each with server, account and key:

"""
_TYPES: Final = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_BOOL: "yes or no",
}


def page() -> str:
    """Return the page."""
    return (_HEAD + "\n".join(_page())).rstrip() + "\n"


def _page() -> Iterator[str]:
    said = comments("facts.proto")
    yield "## By probe\n"
    yield "The period is the default; `cadence` in [agent.toml](settings.md) sets another. What each probe can't see,"
    yield "and which rights it needs, is in [probes.md](probes.md).\n"
    yield from table(("probe", "reads", "every", "at most", "on"), (_row(probe) for probe in PROBES))
    for probe in PROBES:
        yield from _kinds(probe.id, said)
    yield _SENT.rstrip() + "\n"
    yield from table(("series", "unit"), ((code(name), unit) for name, unit in words.SERIES.items()))
    yield "With each report: the probe's name, when it began, how long it took, and its outcome with a reason and a"
    yield "detail for people. At the beginning of a connection, and at enrolment:\n"
    for message, file in ((telemetry_pb2.Hello, "telemetry.proto"), *_enrolment()):
        yield from _fields(message.DESCRIPTOR, comments(file), set())


def _enrolment() -> Iterator[tuple[type, str]]:
    from farmsight_wire.v1 import enrolment_pb2  # noqa: PLC0415 - beside its one use

    yield enrolment_pb2.EnrollRequest, "enrolment.proto"


def _row(probe: Probe) -> tuple[str, ...]:
    where = "every server" if probe.roles == EVERY_ROLE else ", ".join(code(role) for role in sorted(probe.roles))
    return f"[{probe.id}](#{probe.id})", probe.reads, _span(probe.period_s), _span(probe.deadline_s), where


def _span(seconds: int) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _kinds(probe: str, said: dict[str, str]) -> Iterator[str]:
    yield f"### {probe}\n"
    for kind in (kind for kind in words.KINDS if kind.probe == probe):
        field = facts_pb2.Fact.DESCRIPTOR.fields_by_name[kind.field]
        account = ", once an account" if kind.in_context else ""
        yield f"**`{kind.name}`**{account}: {said.get(field.message_type.name, '').rstrip('.')}.\n"
        yield from _fields(field.message_type, said, set())


def _fields(message: Descriptor, said: dict[str, str], shown: set[str]) -> Iterator[str]:
    rows = list(_field_rows(message, said, "", shown))
    yield from table(("field", "is"), rows)


def _field_rows(message: Descriptor, said: dict[str, str], prefix: str, above: set[str]) -> Iterator[tuple[str, str]]:
    for field in message.fields:
        name = f"{prefix}{field.name}{'[]' if field.is_repeated else ''}"
        inner = field.message_type
        told = said.get(f"{message.name}.{field.name}", "")
        if inner is None or inner.full_name.startswith("google."):
            yield code(name), _sentence(told, _kind(field))
        elif inner.name not in above and inner.file.name == message.file.name:
            yield code(name), told or said.get(inner.name, "")
            yield from _field_rows(inner, said, f"{name}.", above | {inner.name})
        else:
            yield code(name), _sentence(told, inner.name)


def _sentence(told: str, kind: str) -> str:
    return f"{kind}: {told}" if told else kind


def _kind(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        return {"Timestamp": "time", "Duration": "span"}.get(field.message_type.name, field.message_type.name)
    if field.enum_type is not None:
        if field.enum_type.name == "Tristate":
            return "yes, no, unknown"
        names = [value.name for value in field.enum_type.values if value.number]
        start = len(_common(names))
        return ", ".join(name[start:].lower().replace("_", " ") for name in names)
    return _TYPES.get(field.type, "number")


def _common(names: list[str]) -> str:
    """Return what all names begin with, up to an underline."""
    first, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    return first[: first.rfind("_", 0, length) + 1]
