"""How much a server's own verdict on a chain weighs."""

from collections.abc import Iterable, Iterator
from itertools import islice

from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.pki.authority import Authority
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.revocation import VALIDATES
from farmsight_collector.pki.verdicts import PROBE, Said, of_servers, said
from farmsight_collector.rules.rule import CannotTell, Severity
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2


def heard(server: Server) -> Iterator[Said | CannotTell]:
    """Yield the server's verdicts, and each account of which they are not known."""
    for context in server.contexts(PROBE):
        answer = server.ask("chain-verdict", context=context)
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(server=server.name, reason=answer.reason, probe=PROBE, context=context)
    yield from said(server)


def of_leaf(farm: Farm, one: Said, sha1: str) -> bool:
    """Tell whether a certificate is the one that was judged, and not known to be a CA's."""
    ca = one.value.leaf_is_ca == facts_pb2.TRISTATE_YES or sha1 in inventory(farm).known
    return sha1 == one.leaf.sha1 and not ca


def validates(one: Said) -> bool:
    """Tell whether users' certificates are validated under this account on such a server."""
    return one.context is None or one.context in VALIDATES.get(one.server.role, frozenset())


def capped(farm: Farm, one: Said, full: Severity) -> Severity:
    """Return the severity, lowered for a certificate that is the server's own: users do not hang on it."""
    return Severity.INFO if one.leaf.sha1 in of_servers(farm) else full


def name_of(summary: facts_pb2.CertificateSummary) -> str:
    """Return a certificate's subject, its thumbprint where no name is shown."""
    return summary.subject or f"certificate {summary.sha1}"


def words(one: Said) -> str:
    """Return what lowers the weight of the account, as a sentence; empty for one that validates."""
    if one.context == "caller":
        return " Asked as the caller, not as the service: what is fetched may differ for the service's own account."
    return "" if validates(one) else f" No certificates are validated as {one.context} on such a server."


def carrying(farm: Farm, bit: int) -> Iterator[tuple[Said, facts_pb2.CertificateSummary]]:
    """Yield each certificate of users' chains to which a chain engine gave an error bit, with who said so."""
    for server in farm.servers:
        for one in said(server):
            if one.leaf.sha1 not in of_servers(farm):
                for summary in one.with_error(bit):
                    yield one, summary


def weight(one: Said, full: Severity) -> Severity:
    """Return the severity of what an engine said, lowered for an account that validates no users' certificates."""
    return full if validates(one) else min(full, Severity.ERROR)


def only_listed(authority: Authority) -> CannotTell:
    """Return that a CA can't be judged by its certificate, which only listings tell of."""
    reason = "the certificate itself was not seen, only a listing"
    return CannotTell(subject=authority.subject, reason=reason, probe="certificate-stores")


def ca_doubts(farm: Farm, *, besides: Iterable[str] = ()) -> Iterator[CannotTell]:
    """Yield the doubts about CAs that only a place that is not known may show; `besides` are those known anyway."""
    sure = frozenset(besides)
    for server in farm.servers:
        for kind in ("store-certificate", "entra-authority"):
            yield from islice(unseen((server,), kind, besides=sure), 1)
