"""What the last evaluation of a farm says, as series: worked out of the view and the findings that are there."""

from collections import Counter
from datetime import datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.clock import EPOCH
from farmsight_collector.export.prometheus.lines import Lines
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.outcomes import NOT_TRIED
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as f
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

_CRL_TIMES: Final = ("this_update", "next_update", "next_publish")


def lines_of(farm: Farm, evaluation: Evaluation) -> Lines:
    """Return the series of a farm as of its evaluation. What is not known has none: silence is no value."""
    lines = Lines()
    lines.put("farmsight_farm_evaluated_timestamp_seconds", (farm.name,), (farm.as_of - EPOCH).total_seconds())
    for role, count in Counter(server.role for server in farm.servers).items():
        lines.put("farmsight_farm_servers", (farm.name, role), count)
    _findings(lines, farm.name, evaluation)
    _authorities(lines, farm)
    for server in farm.servers:
        _coverage(lines, farm.name, server)
        _retrievals(lines, farm.name, server)
        _certificates(lines, farm.name, server)
        _events(lines, farm.name, server)
    return lines


def _findings(lines: Lines, farm: str, evaluation: Evaluation) -> None:
    by_severity = Counter(one.severity for one in evaluation.findings)
    for severity in Severity:
        lines.put("farmsight_farm_findings", (farm, severity.word), by_severity[severity])
    by_code = Counter(
        (one.severity.word, one.rule.code, "no" if one.caused_by is None else "yes") for one in evaluation.findings
    )
    for (word, code, folded), count in by_code.items():
        lines.put("farmsight_findings_open", (farm, word, code, folded), count)
    for code, count in Counter(one.code for one in evaluation.unknown).items():
        lines.put("farmsight_rules_undecided", (farm, code), count)


def _authorities(lines: Lines, farm: Farm) -> None:
    for authority in user_chains(farm).authorities:
        for known in authority.certificates:
            if known.summary.HasField("not_after"):
                lines.put(
                    "farmsight_authority_not_after_timestamp_seconds",
                    (farm.name, authority.subject, known.sha1, authority.standing.name.lower()),
                    _seconds(known.summary.not_after),
                )


def _coverage(lines: Lines, farm: str, server: Server) -> None:
    ended = Counter((run.probe, "stale" if run.stale else run.outcome) for run in server.coverage)
    for (probe, outcome), count in ended.items():
        lines.put("farmsight_probe_parts", (farm, server.name, probe, outcome), count)


def _retrievals(lines: Lines, farm: str, server: Server) -> None:
    for context in server.contexts("retrievals"):
        answer = server.ask("retrieval", context=context)
        if answer.knowledge is Knowledge.KNOWN:
            runs = [run for run in server.coverage if (run.probe, run.context) == ("retrievals", context)]
            until = min((run.covered_until for run in runs), default=EPOCH)
            for held in answer.facts:
                _retrieval(lines, farm, context, held, until)
    for context in server.contexts("url-cache"):
        answer = server.ask("url-cache", context=context)
        for held in answer.facts if answer.knowledge is Knowledge.KNOWN else ():
            if held.value.HasField("expires_at"):
                name = "farmsight_crl_cached_next_update_timestamp_seconds"
                lines.put(name, (farm, server.name, context, held.value.url), _seconds(held.value.expires_at))


def _retrieval(lines: Lines, farm: str, context: str, held: Held, until: datetime) -> None:
    value: f.Retrieval = held.value
    if value.outcome in NOT_TRIED:
        return
    labels = (farm, held.server, context, PURPOSE_NAMES.get(value.purpose, "other"), value.url)
    fetched = value.outcome == f.RETRIEVAL_OUTCOME_OK
    lines.put("farmsight_retrieval_up", labels, fetched)
    if not fetched:
        return
    lines.put("farmsight_retrieval_last_success_timestamp_seconds", labels, (until - EPOCH).total_seconds())
    lines.put("farmsight_retrieval_size_bytes", labels, value.size)
    if not value.HasField("crl"):
        return
    lines.put("farmsight_crl_entries", labels, value.crl.entries)
    for name in _CRL_TIMES:
        if value.crl.HasField(name):
            lines.put(f"farmsight_crl_{name}_timestamp_seconds", labels, _seconds(getattr(value.crl, name)))


def _certificates(lines: Lines, farm: str, server: Server) -> None:
    name = "farmsight_certificate_not_after_timestamp_seconds"
    for binding in server.ask("tls-binding").facts:
        sha1, store = binding.value.certificate_sha1, binding.value.store or "MY"
        held = server.ask("store-certificate", part=store).facts
        certificate = next((one.value.certificate for one in held if one.value.certificate.sha1 == sha1), None)
        if certificate is not None and certificate.HasField("not_after"):
            labels = (farm, server.name, "tls-binding", binding.key, certificate.sha1)
            lines.put(name, labels, _seconds(certificate.not_after))
    for use, kind in (("", "adfs-certificate"), ("wap-trust", "wap-trust-certificate")):
        for one in server.ask(kind).facts:
            certificate = one.value.certificate
            if certificate.HasField("not_after"):
                labels = (farm, server.name, use or one.value.type, certificate.subject, certificate.sha1)
                lines.put(name, labels, _seconds(certificate.not_after))


def _events(lines: Lines, farm: str, server: Server) -> None:
    counted = Counter((held.value.log, str(held.value.event_id)) for held in server.facts.get("event", ()))
    for (log, event_id), count in counted.items():
        lines.put("farmsight_events", (farm, server.name, log, event_id), count)


def _seconds(stamp: Timestamp) -> float:
    return stamp.seconds + stamp.nanos / 1e9
