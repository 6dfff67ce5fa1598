"""The CAs on the map: those that the farm's own stores or the tenant name, not the root programme's."""

from collections.abc import Collection, Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.topology.fetching import place
from farmsight_collector.topology.graph import Edge, Layer, Node, worst_state
from farmsight_wire.v1 import facts_pb2

_FOREIGN = (facts_pb2.STORE_ORIGIN_THIRD_PARTY, facts_pb2.STORE_ORIGIN_PACKAGE)
_STORES = ("ROOT", "CA", "NTAuth", "ClientAuthIssuer")


def authorities(farm: Farm) -> dict[str, facts_pb2.CertificateSummary]:
    """Return the CA certificates that belong to this farm, by thumbprint."""
    found: dict[str, facts_pb2.CertificateSummary] = {}
    for server in farm.servers:
        for held in server.facts.get("store-certificate", ()):
            summary = held.value.certificate
            if held.value.store in _STORES and held.value.origin not in _FOREIGN and summary.subject:
                found.setdefault(summary.sha1, summary)
        for held in server.facts.get("entra-authority", ()):
            if held.value.certificate.sha1:  # a list as text tells no thumbprints
                found.setdefault(held.value.certificate.sha1, held.value.certificate)
    return found


def authority_nodes(farm: Farm, evaluation: Evaluation) -> Iterator[Node]:
    """Yield a node for each CA."""
    for sha1, summary in authorities(farm).items():
        findings = [finding for finding in evaluation.findings if finding.subject == summary.subject]
        yield Node(
            id=f"ca:{sha1}",
            kind="ca",
            label=common_name(summary.subject),
            layer=Layer.AUTHORITY,
            state=worst_state(findings, known=True),
            findings=tuple(finding.id for finding in findings),
        )


def authority_edges(farm: Farm, apart: Collection[str] = ()) -> Iterator[Edge]:
    """Yield who issued whom, and where each CA publishes."""
    known = authorities(farm)
    by_key = {summary.subject_key_identifier: sha1 for sha1, summary in known.items()}
    for sha1, summary in known.items():
        issuer = by_key.get(summary.authority_key_identifier)
        if summary.authority_key_identifier and issuer is not None and issuer != sha1:
            yield Edge(source=f"ca:{sha1}", target=f"ca:{issuer}", kind="issued-by", state="ok")
    published: set[tuple[str, str]] = set()
    for server in farm.servers:
        for held in server.facts.get("retrieval", ()):
            if held.value.expected_issuer_sha1:
                published.add((held.value.expected_issuer_sha1, place(held.value.url, apart)))
    for sha1, node in sorted(published):
        yield Edge(source=f"ca:{sha1}", target=node, kind="publishes-at", state="ok")


def common_name(subject: str) -> str:
    """Return the first CN of an RFC 4514 name, or the whole name when it has none."""
    for part in subject.split(","):
        if part.strip().upper().startswith("CN="):
            return part.strip()[3:]
    return subject
