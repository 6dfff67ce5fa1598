"""The users' certificates that were handed in, each judged once, whichever server's evidence it came with."""

from collections.abc import Callable, Iterable, Iterator

from farmsight_collector.model.view import Farm, Held, Knowledge, UnknownFactError
from farmsight_collector.pki import blobs, certificates
from farmsight_collector.pki.verdicts import of_servers
from farmsight_collector.rules.rule import CannotTell, Verdict
from farmsight_wire.v1 import facts_pb2

PROBE = "given-certificates"


def judged(farm: Farm, judge: Callable[[Held, str], Iterable[Verdict]]) -> Iterator[Verdict]:
    """Yield what `judge` says of each user's certificate and its subject in words, and what can't be judged.

    Where no certificate was handed in there is nothing to judge, and nothing in doubt.
    """
    given = _given(farm)
    for held in given.values():
        if held.value.certificate.is_ca == facts_pb2.TRISTATE_NO:
            try:
                yield from judge(held, _subject(held, given.values()))
            except UnknownFactError as error:
                yield doubt(_subject(held, given.values()), error.reason, probe=error.probe)
        elif held.value.certificate.is_ca != facts_pb2.TRISTATE_YES:
            said = held.value.certificate.parse_error
            reason = f"it does not parse: {said}" if said else "it does not say whether it is a CA's"
            yield doubt(_subject(held, given.values()), reason)
    for server in sorted(farm.servers, key=lambda one: (not one.tried(PROBE), one.name)):
        answer = server.ask("given-certificate")
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(reason=f"{server.name}: {answer.reason}", probe=PROBE)
            break


def doubt(subject: str, reason: str, *, probe: str = PROBE) -> CannotTell:
    """Return that one certificate can't be judged."""
    return CannotTell(subject=subject, reason=reason, probe=probe)


def parsed(farm: Farm, held: Held) -> certificates.Certificate:
    """Return the certificate itself; raises UnknownFactError when its bytes are not here or do not parse."""
    read = blobs.certificate(farm, held.value.certificate.blob_sha256)
    if not isinstance(read, certificates.Certificate):
        reason = "its bytes are not here" if read is None else f"it does not parse: {read.reason}"
        raise UnknownFactError(held.server, PROBE, "", None, reason)
    return read


def names(held: Held) -> tuple[str, ...]:
    """Return the names by which an account can be found: principal names first."""
    return tuple(dict.fromkeys((*held.value.user_principal_names, *held.value.rfc822_names)))


def _given(farm: Farm) -> dict[str, Held]:
    """Return the certificates by thumbprint, without those that a server holds for itself.

    A tool's output shows a part of what is in one: the certificate itself comes first.
    """
    own = of_servers(farm)
    found: dict[str, Held] = {}
    for server in farm.servers:
        for held in server.ask("given-certificate").facts:
            shown = held.value.certificate
            first = found.get(shown.sha1)
            if shown.sha1 in own or (
                first is not None and (first.value.certificate.blob_sha256 or not shown.blob_sha256)
            ):
                continue
            found[shown.sha1] = held
    return found


def _subject(held: Held, given: Iterable[Held]) -> str:
    """Return the certificate's subject, with a piece of its thumbprint where two have the same one."""
    own = held.value.certificate
    alike = sum(other.value.certificate.subject == own.subject for other in given)
    if not own.subject:
        return f"certificate {own.sha1[:16]}"
    return str(own.subject) if alike == 1 else f"{own.subject} ({own.sha1[:8]})"
