"""`farmsight status`: is it well, who reports, what is not known."""

import argparse
from typing import Any

from farmsight_collector.cli.findings_output import instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_wire.v1 import query_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, OUTCOME_NAMES

_TENANT = "tenant"  # the role of a server that stands for a tenant


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--probes", action="store_true", help="list every probe of every server with its outcome")


def _run(asking: Asking) -> int:
    response = asking.stub.GetStatus(query_pb2.GetStatusRequest(scope=asking.scope()))
    if asking.arguments.json:
        farms = [_json(farm, probes=asking.arguments.probes) for farm in response.farms]
        asking.out.json({"schema": "farmsight.status/1", "farms": farms})
        return 0
    if not response.farms:
        asking.out.line("no farm yet: create a token with 'farmsight-collector token create' and enrol an agent")
    for farm in response.farms:
        _print(asking, farm)
    return 0


def _json(farm: query_pb2.FarmStatus, *, probes: bool) -> dict[str, Any]:
    return {
        "farm": farm.farm,
        "as_of": instant(farm.as_of),
        "verdict": farm.verdict,
        "mode": farm.mode,
        "findings": dict(farm.findings_by_severity),
        "unknown": farm.unknown,
        "servers": [
            {
                "name": server.name,
                "role": server.role,
                "last_seen": instant(server.last_seen),
                "agent_version": server.agent_version,
                "facts": server.facts,
                "unknown": _unknown(server),
            }
            | ({"probes": [_probe(one) for one in server.probes]} if probes else {})
            for server in farm.servers
        ],
        "tenants": [_tenant(server) for server in farm.servers if server.role == _TENANT],
    }


def _tenant(server: query_pb2.ServerState) -> dict[str, Any]:
    """Return when a tenant was last asked, and which parts of its side are not known."""
    return {
        "name": server.name,
        "last_asked": instant(server.last_seen),
        "not_known": [_probe(one) for one in server.probes if _is_unknown(one)],
    }


def _probe(run: query_pb2.ProbeState) -> dict[str, Any]:
    return {
        "probe": run.probe,
        "part": run.part,
        "context": CONTEXT_NAMES.get(run.context),
        "outcome": OUTCOME_NAMES.get(run.outcome),
        "stale": run.stale,
        "reason": run.reason,
        "detail": run.detail,
        "source": run.source,
    }


def _unknown(server: query_pb2.ServerState) -> int:
    return sum(_is_unknown(probe) for probe in server.probes)


def _is_unknown(probe: query_pb2.ProbeState) -> bool:
    known = (telemetry_pb2.PROBE_OUTCOME_OBSERVED, telemetry_pb2.PROBE_OUTCOME_NOT_APPLICABLE)
    return probe.stale or probe.outcome not in known


def _print(asking: Asking, farm: query_pb2.FarmStatus) -> None:
    out = asking.out
    out.line(f"{farm.farm}  as of {instant(farm.as_of)}  mode {farm.mode}")
    out.line(farm.verdict)
    out.line()
    out.table(
        ("server", "role", "last seen", "facts", "not known", "agent"),
        (
            (s.name, s.role, instant(s.last_seen) or "never", str(s.facts), str(_unknown(s)), s.agent_version)
            for s in farm.servers
        ),
    )
    for server in farm.servers:
        if server.role == _TENANT:
            _print_tenant(asking, server)
    if asking.arguments.probes:
        out.line()
        out.table(
            ("server", "probe", "part", "outcome", "reason", "source"),
            (
                (
                    s.name,
                    p.probe,
                    p.part,
                    ("stale" if p.stale else OUTCOME_NAMES.get(p.outcome, "?"), "stale" if p.stale else ""),
                    p.reason,
                    p.source,
                )
                for s in farm.servers
                for p in s.probes
            ),
        )


def _print_tenant(asking: Asking, server: query_pb2.ServerState) -> None:
    out = asking.out
    out.line()
    out.line(f"tenant {server.name.partition(':')[2]}: last asked {instant(server.last_seen) or 'never'}")
    for part in filter(_is_unknown, server.probes):
        how = "stale" if part.stale else OUTCOME_NAMES.get(part.outcome, "?")
        out.line(f"  {part.part} not known: {how}: {part.detail or part.reason}")


VERB = Verb(
    name="status",
    help="is the farm well, who reports, what is not known",
    description="Shows each farm's verdict in one line and every server's last word.",
    add_arguments=_arguments,
    run=_run,
)
