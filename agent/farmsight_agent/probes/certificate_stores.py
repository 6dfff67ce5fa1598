"""What the certificate stores hold, one part a store."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.outcome import NotApplicableError, NotObservedError, UnavailableError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes.answers import with_lines
from farmsight_wire.v1 import facts_pb2

STORES = ("ROOT", "CA", "MY")


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part a store; without any source, the stores that every server has are unknown."""
    try:
        names = tools.host.store_names().values
    except NotObservedError as error:
        yield from (part_not_observed(error, part=store) for store in STORES)
        return
    for store in names:
        yield _store(tools, store)


def _store(tools: Tools, store: str) -> Part:
    keep = tools.blobs.keep
    try:
        certificates = tools.host.store_certificates(store)
        facts = [kinds.store_certificate(one, keep, line) for one, line in with_lines(certificates)]
        facts += _crls(tools, store) + _ctls(tools, store)
    except NotObservedError as error:
        return part_not_observed(error, part=store)
    return Part(part=store, facts=kinds.distinct(facts), source=certificates.source)


def _crls(tools: Tools, store: str) -> list[facts_pb2.Fact]:
    """Return the store's CRLs; a source that lists certificates alone is no reason to doubt those."""
    try:
        seen = tools.host.store_crls(store)
    except UnavailableError:
        return []
    return [kinds.store_crl(one, tools.blobs.keep, line) for one, line in with_lines(seen)]


def _ctls(tools: Tools, store: str) -> list[facts_pb2.Fact]:
    try:
        seen = tools.host.store_ctls(store)
    except (NotApplicableError, UnavailableError):  # not Windows, or a source that never shows them
        return []
    return [kinds.store_ctl(one, tools.blobs.keep, line) for one, line in with_lines(seen)]


PROBE = Probe(
    id="certificate-stores",
    reads="certificates, CRLs and trust lists in the machine's stores, with their origin, never a private key",
    parts=STORES,
    period_s=900,
    deadline_s=120,  # a store that hangs has a limit of its own, and some may
    collect=collect,
)
