"""Findings as people and programs read them."""

import io
import json

import pytest

from farmsight_collector.cli.findings_output import document, exit_code, print_findings
from farmsight_collector.cli.output import Output
from farmsight_wire.v1 import facts_pb2, query_pb2, telemetry_pb2


def finding(code: str, severity: query_pb2.Severity.ValueType, **more: object) -> query_pb2.Finding:
    return query_pb2.Finding(id=code, code=code, severity=severity, title=f"title of {code}", **more)  # type: ignore[arg-type]


def printed(response: query_pb2.ListFindingsResponse, *, details: bool = False) -> str:
    stream = io.StringIO()
    print_findings(Output(stream), response, details=details)
    return stream.getvalue()


def test_symptoms_stand_under_their_cause_and_alike_ones_on_one_line() -> None:
    symptoms = [
        query_pb2.Finding(
            id=f"s{n}",
            code="crl.fetch-differs",
            severity=query_pb2.SEVERITY_INFO,
            title=f"url {n}",
            servers=["WAP02"],
            caused_by="cause",
        )
        for n in range(3)
    ]
    cause = query_pb2.Finding(
        id="cause", code="crl.unreachable", severity=query_pb2.SEVERITY_CRITICAL, cause_of=["s0", "s1", "s2"]
    )

    text = printed(query_pb2.ListFindingsResponse(findings=[cause, *symptoms]))

    assert text.count("crl.fetch-differs") == 1
    assert "3 alike" in text
    assert text.index("crl.unreachable") < text.index("crl.fetch-differs")
    assert printed(query_pb2.ListFindingsResponse(findings=[cause, *symptoms]), details=True).count("url ") == 3


def test_what_a_symptom_brings_about_stands_under_the_cause_too() -> None:
    found = [
        finding("network.host-unreachable", query_pb2.SEVERITY_CRITICAL, cause_of=["crl.unreachable"]),
        finding("crl.unreachable", query_pb2.SEVERITY_CRITICAL, caused_by="network.host-unreachable",
                cause_of=["chain.revocation-offline"]),
        finding("chain.revocation-offline", query_pb2.SEVERITY_CRITICAL, caused_by="crl.unreachable"),
    ]  # fmt: skip
    for details in (True, False):
        text = printed(query_pb2.ListFindingsResponse(findings=found), details=details)
        assert text.count("└") == 2
        assert "title of chain.revocation-offline" in text


def test_a_circle_that_no_collector_sends_is_printed_once() -> None:
    found = [
        finding("a.b", query_pb2.SEVERITY_ERROR, cause_of=["c.d"]),
        finding("c.d", query_pb2.SEVERITY_ERROR, caused_by="a.b", cause_of=["c.d"]),
    ]
    assert printed(query_pb2.ListFindingsResponse(findings=found)).count("title of c.d") == 1


def test_a_symptom_whose_cause_is_not_shown_stands_for_itself() -> None:
    alone = finding("tls.no-common-version", query_pb2.SEVERITY_ERROR, caused_by="elsewhere")

    assert "tls.no-common-version" in printed(query_pb2.ListFindingsResponse(findings=[alone]))


def test_no_findings_with_unknowns_is_not_printed_as_well() -> None:
    unknown = query_pb2.UnknownItem(server="WAP02", probe="http-sys", part="tls-binding", reason="denied: not-admin")

    text = printed(query_pb2.ListFindingsResponse(unknown=[unknown]))

    assert "not known (1)" in text
    assert "WAP02  http-sys/tls-binding: denied: not-admin" in text


def test_hostile_titles_move_no_cursor() -> None:
    bad = finding("store.root-ca-missing", query_pb2.SEVERITY_ERROR, subject="x", servers=["WAP\x1b[2J01"])

    assert "\x1b" not in printed(query_pb2.ListFindingsResponse(findings=[bad]), details=True)


def test_the_schema_spells_contexts_severities_and_absence() -> None:
    one = finding(
        "crl.unreachable",
        query_pb2.SEVERITY_CRITICAL,
        contexts=[facts_pb2.CONTEXT_NETWORK_SERVICE],
        catalogue=["CRL-03"],
    )
    state = query_pb2.ProbeState(probe="http-sys", outcome=telemetry_pb2.PROBE_OUTCOME_DENIED, reason="not-admin")
    response = query_pb2.ListFindingsResponse(
        farm="sts.contoso.com", findings=[one], servers=[query_pb2.ServerState(name="WAP01", probes=[state])]
    )
    response.as_of.FromJsonString("2026-11-23T10:00:00.123Z")

    told = json.loads(json.dumps(document(response)))

    assert told["schema"] == "farmsight.findings/1"
    assert told["as_of"] == "2026-11-23T10:00:00Z"
    assert told["findings"][0]["contexts"] == ["network-service"]
    assert told["findings"][0]["severity"] == "critical"
    assert told["findings"][0]["caused_by"] is None
    assert told["servers"][0]["probes"][0]["outcome"] == "denied"


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        (query_pb2.SEVERITY_ERROR, "error", 1),
        (query_pb2.SEVERITY_WARNING, "error", 0),
        (query_pb2.SEVERITY_WARNING, "warning", 1),
        (query_pb2.SEVERITY_CRITICAL, "never", 0),
    ],
)
def test_the_exit_code_tells_what_was_asked_to_fail_on(
    severity: query_pb2.Severity.ValueType, fail_on: str, code: int
) -> None:
    assert exit_code([finding("a.b", severity)], fail_on) == code


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_table_of_any_width_leaves_nothing_out(width: int) -> None:
    out = io.StringIO()
    row = ["t" * 20, "k" * 17, "u" * 70, "w" * 90]

    Output(out, width=width).table(("began", "kind", "key", "what"), [row])

    body = out.getvalue().partition("\n")[2] if width >= 80 else out.getvalue()
    assert [body.count(cell[0]) >= len(cell) for cell in row] == [True] * 4
    assert max(map(len, out.getvalue().splitlines())) <= width
    if width >= 60:
        assert row[0] in out.getvalue(), "a time is not broken in two"


def test_a_remedy_is_printed_with_what_to_look_at_first_and_what_takes_it_back() -> None:
    one = finding("store.issuing-ca-missing", query_pb2.SEVERITY_CRITICAL)
    one.remedy.add(
        server="WAP02",
        shell="powershell",
        command="certutil -f -addstore CA sub.cer",
        check="certutil -store CA\ncertutil -dump sub.cer",
        undo="certutil -delstore CA 0a",
    )

    text = printed(query_pb2.ListFindingsResponse(findings=[one]), details=True)
    in_json = document(query_pb2.ListFindingsResponse(findings=[one]))["findings"][0]["remedy"][0]

    assert text.index("certutil -store CA\n") < text.index("certutil -f -addstore") < text.index("certutil -delstore")
    assert in_json["check"] == "certutil -store CA\ncertutil -dump sub.cer"
    assert in_json["undo"] == "certutil -delstore CA 0a"


def test_a_remedy_that_changes_nothing_has_no_line_about_undoing() -> None:
    one = finding("wap.health", query_pb2.SEVERITY_WARNING)
    one.remedy.add(server="WAP01", shell="powershell", command="Get-WebApplicationProxyHealth")

    text = printed(query_pb2.ListFindingsResponse(findings=[one]), details=True)

    assert "undo" not in text
    assert "first" not in text
