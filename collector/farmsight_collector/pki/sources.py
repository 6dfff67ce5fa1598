"""Where certificates publish their status: as their bytes say, or as the platform's tool tried it."""

from collections.abc import Iterator
from dataclasses import dataclass

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki import told, verdicts
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.revocation import beside
from farmsight_wire.v1 import facts_pb2 as f


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the status of one certificate is published, in the certificate's own order."""

    subject: str  # of the certificate; its thumbprint where no name is told
    crl_urls: tuple[str, ...]
    ocsp_urls: tuple[str, ...]
    standing: Standing
    evidence: tuple[Held, ...]
    whole: bool = True  # False: there may be more, for the output that tells of them is cut off

    def schemes(self) -> tuple[str, ...]:
        """Return the schemes of the CRL URLs, in order."""
        return tuple("file" if url.startswith("\\\\") else url.partition(":")[0].lower() for url in self.crl_urls)


def sources(farm: Farm, server: Server) -> Iterator[Sources]:
    """Yield what intermediate CAs' certificates name, and users' certificates whose URLs were fetched here."""
    tried = _tried(server)
    for authority in user_chains(farm).authorities:
        valid = authority.valid_at(farm.as_of)
        newest = next((k for k in valid if k.certificate is not None), None)
        if authority.root:
            continue
        if newest is not None and newest.certificate is not None:
            yield Sources(
                subject=authority.subject,
                crl_urls=newest.certificate.crl_urls,
                ocsp_urls=newest.certificate.ocsp_urls,
                standing=authority.standing,
                evidence=newest.held[:3],
            )
        elif listed := next((k for k in valid if k.sha1 in tried), None):
            yield _of_fetches(server, listed.sha1, tried[listed.sha1], authority.subject, authority.standing)
    for sha1, rows in sorted(tried.items()):
        if sha1 not in inventory(farm).known and sha1 not in beside(farm):
            yield _of_fetches(server, sha1, rows, _called(server, sha1), Standing.NAMED)


def _called(server: Server, sha1: str) -> str:
    subjects = (one.leaf.subject for one in verdicts.said(server) if one.leaf.sha1 == sha1)
    return next(filter(None, subjects), f"certificate {sha1}")


def _tried(server: Server) -> dict[str, list[Held]]:
    """Return what was fetched here for each certificate, each URL once, in the certificate's order."""
    rows = {h.key: h for c in server.contexts("retrievals") for h in server.ask("retrieval", context=c).facts}
    by_certificate: dict[str, list[Held]] = {}
    for held in sorted(rows.values(), key=lambda h: h.value.position):
        for sha1 in held.value.named_by:
            by_certificate.setdefault(sha1, []).append(held)
    return by_certificate


def _of_fetches(server: Server, sha1: str, rows: list[Held], subject: str, standing: Standing) -> Sources:
    return Sources(
        subject=subject,
        crl_urls=tuple(h.value.url for h in rows if h.value.purpose == f.RETRIEVAL_PURPOSE_CRL),
        ocsp_urls=tuple(h.value.url for h in rows if h.value.purpose == f.RETRIEVAL_PURPOSE_OCSP),
        standing=standing,
        evidence=tuple(rows[:3]),
        whole=not any(told.by_tool(h.value) for h in rows) or _whole(server, sha1),
    )


def _whole(server: Server, sha1: str) -> bool:
    """Tell whether the tool went through all URLs of a certificate: it came to its verdict on the whole chain."""
    return any(sha1 == e.certificate.sha1 for one in verdicts.said(server) for e in one.value.elements)
