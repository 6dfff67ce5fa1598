"""Says of each CRL that was fetched all that an agent would have seen of it: commands of Windows print a part only."""

import hashlib
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from farmsight_agent.normalise.crls import crl_summary
from farmsight_collector.offline.reading import Reported
from farmsight_lab.farm.state import Farm, Site
from farmsight_wire.v1 import digests, facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import kind_of

_CRLS = (facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA)


def as_fetched(reported: Reported, farm: Farm) -> Reported:
    """Return the same reports with the CRLs that the server's web server has, and their bytes as blobs."""
    site, blobs = farm.sites[farm.servers[reported.server].cdp], dict(reported.blobs)
    for report in reported.reports:
        if report.probe == "retrievals":
            for entry in report.facts:
                blobs |= _fill(entry, site)
            report.digest = digests.part_digest(report.outcome, report.reason, map(_identity, report.facts))
    return replace(reported, blobs=blobs)


def _fill(entry: telemetry_pb2.FactEntry, site: Site) -> dict[bytes, bytes]:
    fetched, kept = entry.fact.retrieval, {}

    def keep(data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        kept[digest] = data
        return digest

    page = site.pages.get(unquote(urlsplit(fetched.url).path))
    if fetched.purpose in _CRLS and fetched.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK and page and page.body:
        fetched.crl.CopyFrom(crl_summary(page.body, keep))
        fetched.body_sha256, fetched.size = fetched.crl.blob_sha256, len(page.body)
        fetched.body_kind, fetched.http_status, fetched.dates_seen = facts_pb2.BODY_KIND_DER_CRL, 200, True
        entry.digest = digests.fact_digest(entry.fact)
    return kept


def _identity(entry: telemetry_pb2.FactEntry) -> tuple[str, facts_pb2.Context.ValueType, str, bytes]:
    return kind_of(entry.fact).name, entry.fact.context, entry.fact.key, entry.digest
