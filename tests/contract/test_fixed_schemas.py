"""The JSON that programs rely on: every fixed field is there, under its name and with its type."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from farmsight_agent.collect import collect, to_json
from farmsight_agent.config import Config
from farmsight_collector.cli.findings_output import document
from farmsight_collector.cli.trace_output import document as trace_document
from farmsight_collector.queries.trace import message
from farmsight_collector.signin.trace import HOPS
from farmsight_wire.v1 import facts_pb2, query_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME
from tests.fakes import traces
from tests.fakes.certificates import CERTIFICATE, pem

VERDICTS = ("passes", "fails", "unknown")
TEXT, TEXT_OR_NONE = (str,), (str, type(None))


def instant(value: object) -> bool:
    """Tell a time as 2026-11-23T10:00:00Z."""
    return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value).utcoffset() is not None


def list_of(row: dict[str, Any]) -> list[Any]:
    return [row]


def first_change(value: object) -> bool:
    """Tell what changed before a finding; null where no history tells it."""
    return value is None or (
        isinstance(value, dict) and set(value) == {"server", "kind", "context", "key", "at", "text"}
    )


FINDINGS = {
    "schema": ("farmsight.findings/1",),
    "farm": TEXT,
    "as_of": instant,
    "servers": list_of(
        {
            "name": TEXT,
            "role": TEXT,
            "probes": list_of({"probe": TEXT, "outcome": TEXT, "reason": TEXT_OR_NONE}),
        }
    ),
    "findings": list_of(
        {
            "code": TEXT,
            "catalogue": [TEXT],
            "severity": ("critical", "error", "warning", "info"),
            "subject": TEXT,
            "servers": [TEXT],
            "contexts": [TEXT],
            "title": TEXT,
            "why": TEXT,
            "remedy": list_of({"server": TEXT, "shell": TEXT, "command": TEXT}),
            "evidence": list_of({"server": TEXT, "kind": TEXT, "key": TEXT, "observed_at": instant}),
            "cause_of": [TEXT],
            "caused_by": TEXT_OR_NONE,
            "since": instant,
            "first_change": lambda value: (
                value is None or {"server", "kind", "context", "key", "at", "text"} == set(value)
            ),
        }
    ),
    "unknown": list_of({"server": TEXT, "probe": TEXT, "reason": TEXT}),
}
FACTS = {
    "schema": ("farmsight.facts/1",),
    "server": TEXT,
    "role": TEXT,
    "collected_at": instant,
    "probes": list_of(
        {
            "probe": TEXT,
            "outcome": ("observed", "denied", "unavailable", "timed_out", "failed", "not_applicable"),
            "reason": TEXT_OR_NONE,
            "source": TEXT_OR_NONE,
            "duration_ms": (int,),
        }
    ),
    "facts": list_of(
        {"kind": tuple(KIND_BY_NAME), "context": TEXT_OR_NONE, "key": TEXT, "observed_at": instant, "value": (dict,)}
    ),
    "samples": list_of({"series": TEXT, "context": TEXT_OR_NONE, "key": TEXT, "at": instant, "value": (float,)}),
}
TRACE = {
    "schema": ("farmsight.trace/1",),
    "verdict": VERDICTS,
    "certificate": TEXT,
    "answer": TEXT,
    "paths": list_of(
        {
            "path": ("extranet", "intranet"),
            "via": [TEXT],
            "verdict": VERDICTS,
            "hops": list_of(
                {
                    "hop": tuple(HOPS),
                    "server": TEXT,
                    "context": (*CONTEXT_BY_NAME,),
                    "verdict": VERDICTS,
                    "catalogue": (list,),
                    "why": TEXT,
                    "user_sees": TEXT,
                    "evidence": (list,),
                }
            ),
        }
    ),
}


def check(schema: Any, value: Any, where: str = "$") -> None:
    """Hold a value against a schema; more fields than the fixed ones may be there."""
    if isinstance(schema, dict):
        assert schema.keys() <= value.keys(), f"{where}: {sorted(schema.keys() - value.keys())} missing"
        for name, part in schema.items():
            check(part, value[name], f"{where}.{name}")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        assert value, f"{where}: nothing to look at"
        for at, one in enumerate(value):
            check(schema[0], one, f"{where}[{at}]")
    elif isinstance(schema, tuple):
        types = tuple(one for one in schema if isinstance(one, type))
        assert value in schema if not types else isinstance(value, types), f"{where}: {value!r}"
    else:
        assert schema(value), f"{where}: {value!r}"


def test_findings_are_as_the_schema_has_them() -> None:
    response = query_pb2.ListFindingsResponse(farm="sts.contoso.com")
    response.as_of.FromJsonString("2026-11-23T10:00:00Z")
    server = response.servers.add(name="WAP01", role="wap")
    server.probes.add(probe="http-sys", outcome=telemetry_pb2.PROBE_OUTCOME_OBSERVED)
    finding = response.findings.add(
        code="store.issuing-ca-missing",
        catalogue=["STORE-03"],
        severity=query_pb2.SEVERITY_CRITICAL,
        servers=["WAP01"],
        contexts=[facts_pb2.CONTEXT_NETWORK_SERVICE],
        cause_of=["1"],
    )
    finding.since.FromJsonString("2026-11-23T10:00:00Z")
    finding.remedy.add(server="WAP01", shell="powershell", command="Restart-Service adfssrv")
    finding.evidence.add(server="WAP01", kind="service", key="adfssrv").observed_at.CopyFrom(finding.since)
    response.unknown.add(server="WAP01", probe="retrievals", reason="denied")

    check(FINDINGS, json.loads(json.dumps(document(response))))


def test_a_trace_is_as_the_schema_has_it() -> None:
    told = traces.trace(traces.pairs(["WAP01", "WAP02"], ["STS01"], broken={"WAP02"}), "WAP02 cannot build the chain")
    whole = json.loads(json.dumps(trace_document(message(told))))

    check(TRACE, whole)
    hops = [hop for path in whole["paths"] for hop in path["hops"] if hop["server"] == "WAP02"]
    assert [(hop["hop"], hop["context"], hop["catalogue"]) for hop in hops] == [("wap-chain", "system", ["STORE-03"])]


@pytest.mark.parametrize("role", ["wap", "adfs"])
def test_collected_facts_are_as_the_schema_has_them(tmp_path: Path, role: str) -> None:
    (tmp_path / "WAP01_store_root.pem").write_text(pem(CERTIFICATE))
    clock = [{"Reference": "dc:DC01", "OffsetSeconds": 1.5}]
    (tmp_path / "WAP01_host.json").write_text(json.dumps({"Clock": clock, "Services": "no"}))
    config = Config(state_dir=tmp_path, host="evidence", evidence_dir=tmp_path, role=role, server_name="WAP01")

    check(FACTS, json.loads(to_json(collect(config))))
