"""A certificate's CRL under a URL of a scheme that chain building does not fetch."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.sources import sources
from farmsight_collector.rules.commands import publication_urls
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unread, unseen
from farmsight_collector.rules.weight import standing_words, weighed

CUT_OFF = "the output that lists its URLs is not whole"


def not_fetched(rule: Rule, scheme: str, called: str, farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each certificate with such a URL; where http or OCSP stands beside it that is only worth knowing."""
    yield from unread(farm, server)
    known = tuple(sources(farm, server))
    yield from unseen((server,), "retrieval", besides=(one.subject for one in known), named=True)
    for source in known:
        if scheme not in source.schemes():
            continue
        if not source.whole and "http" not in source.schemes():
            yield CannotTell(server=server.name, subject=source.subject, reason=CUT_OFF, probe="retrievals")
            continue
        alone = "http" not in source.schemes() and not source.ocsp_urls
        yield Holds(
            subject=source.subject,
            servers=(server.name,),
            title=f"{source.subject} names {called} for its CRL" + ("" if alone else " beside others"),
            evidence=source.evidence,
            remedy=(
                publication_urls(
                    change="an http URL, and this one out of the CDP extension",
                    then="then issue the certificates anew: they carry the URL",
                ),
            ),
            severity=weighed(rule.severity, source.standing) if alone else Severity.INFO,
            why=rule.why + standing_words(source.standing)
            if alone
            else "Another source of the status stands beside it.",
        )
