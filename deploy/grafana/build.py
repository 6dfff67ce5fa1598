# ruff: noqa: E501, ANN401 - a query stays in one line; what a panel takes is of many kinds
"""Writes farmsight.json, the dashboard for Grafana: python deploy/grafana/build.py > deploy/grafana/farmsight.json.

Panels are named here in the order of the page; what a dashboard repeats for each of them is added.
"""

import json
from typing import Any

SOURCE = {"type": "prometheus", "uid": "${source}"}
FARM, SERVER = 'farm=~"$farm"', 'farm=~"$farm", server=~"$server"'
RED, ORANGE, YELLOW, GREEN = "red", "orange", "yellow", "green"


def panel(title: str, kind: str, expr: str, legend: str = "", unit: str = "short", **more: Any) -> dict[str, Any]:
    """Return a panel with one query; `width`, `height`, `steps` (thresholds) and `about` may be said."""
    steps = [{"color": colour, "value": value} for value, colour in more.get("steps", ((None, GREEN),))]
    target = {"refId": "A", "datasource": SOURCE, "expr": expr, "legendFormat": legend}
    if kind == "table":
        target |= {"format": "table", "instant": True}
    elif kind == "stat":
        target |= {"instant": True}
    made: dict[str, Any] = {
        "title": title,
        "description": more.get("about", ""),
        "type": kind,
        "datasource": SOURCE,
        "targets": [target],
        "fieldConfig": {
            "defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps}, "noValue": "not known"},
            "overrides": [],
        },
        "gridPos": {"w": more.get("width", 12), "h": more.get("height", 8)},
    }
    if kind == "stat":
        made["options"] = {"colorMode": "value", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}}
    if kind == "timeseries":
        made["fieldConfig"]["defaults"]["custom"] = {"spanNulls": False, "lineWidth": 1}  # a gap is a gap
        made["options"] = {"tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "table":
        hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
        made["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
        made["options"] = {"sortBy": [{"displayName": "Value", "desc": False}]}
    return made


def state(
    title: str, expr: str, about: str = "", *steps: tuple[float | None, str], unit: str = "short"
) -> dict[str, Any]:
    """Return one large figure; its colour means state."""
    return panel(title, "stat", expr, width=4, height=4, about=about, unit=unit, steps=steps or ((None, GREEN),))


ROWS: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
    (
        "Now",
        (
            state("Critical", f'sum(farmsight_farm_findings{{{FARM}, severity="critical"}})',
                  "sign-in by certificate fails now", (None, GREEN), (1, RED)),
            state("Error", f'sum(farmsight_farm_findings{{{FARM}, severity="error"}})',
                  "fails for some path, server or user", (None, GREEN), (1, ORANGE)),
            state("Warning", f'sum(farmsight_farm_findings{{{FARM}, severity="warning"}})',
                  "will fail, or degrades", (None, GREEN), (1, YELLOW)),
            state("Not known", f'sum(farmsight_probe_parts{{{FARM}, outcome=~"denied|unavailable|timed_out|failed|stale"}})',
                  "parts of probes of which nothing is known at present", (None, "text")),
            state("Fetches that fail", f"count(farmsight_retrieval_up{{{FARM}}} == 0) or vector(0)",
                  "URL by server and account", (None, GREEN), (1, ORANGE)),
            state("Judged before", f"time() - min(farmsight_farm_evaluated_timestamp_seconds{{{FARM}}})",
                  "the oldest evaluation", (None, GREEN), (120, YELLOW), (300, RED), unit="s"),
        ),
    ),
    (
        "Findings",
        (
            panel("Open causes", "table",
                  f'sum by (farm, severity, code) (farmsight_findings_open{{{FARM}, folded="no"}})'),
            panel("Findings by severity", "timeseries",
                  f"sum by (severity) (farmsight_farm_findings{{{FARM}}})", "{{severity}}"),
        ),
    ),
    (
        "CRLs",
        (
            panel("Time left until nextUpdate, the least of all accounts", "timeseries",
                  f"min by (server, url) (farmsight_crl_next_update_timestamp_seconds{{{SERVER}}}) - time()",
                  "{{server}} {{url}}", "s", steps=((None, RED), (0, ORANGE), (14400, GREEN))),
            panel("Overdue next publish", "timeseries",
                  f"time() - max by (url) (farmsight_crl_next_publish_timestamp_seconds{{{SERVER}}}) > 0", "{{url}}", "s"),
            panel("Which ends first", "table",
                  f"sort(bottomk(20, farmsight_crl_next_update_timestamp_seconds{{{SERVER}}} - time()))", unit="s"),
            panel("Cached copies: which account's lets go first", "table",
                  f"sort(bottomk(20, farmsight_crl_cached_next_update_timestamp_seconds{{{SERVER}}} - time()))", unit="s"),
        ),
    ),
    (
        "Fetches",
        (
            panel("Up, by URL, server and account", "status-history",
                  f"min by (url, server, context) (farmsight_retrieval_up{{{SERVER}}})",
                  "{{server}} {{context}} {{url}}", width=24, height=10, steps=((None, RED), (1, GREEN))),
            panel("Duration", "timeseries",
                  f"max by (server, url) (farmsight_retrieval_duration_seconds{{{SERVER}}})", "{{server}} {{url}}", "s"),
            panel("Size", "timeseries",
                  f"max by (url) (farmsight_retrieval_size_bytes{{{SERVER}}})", "{{url}}", "bytes"),
            panel("Failing, and since when", "table",
                  f"(time() - farmsight_retrieval_last_success_timestamp_seconds{{{SERVER}}}) "
                  f"and on (farm, server, context, purpose, url) farmsight_retrieval_up{{{SERVER}}} == 0",
                  unit="s", width=24),
        ),
    ),
    (
        "Certificates",
        (
            panel("Bindings, AD FS, proxy trust: days left", "table",
                  f"sort((farmsight_certificate_not_after_timestamp_seconds{{{SERVER}}} - time()) / 86400)", unit="d"),
            panel("CAs: days left", "table",
                  f"sort((farmsight_authority_not_after_timestamp_seconds{{{FARM}}} - time()) / 86400)", unit="d"),
        ),
    ),
    (
        "Agents",
        (
            panel("Silent for", "timeseries",
                  f'time() - farmsight_agent_last_seen_timestamp_seconds{{{SERVER}, role!="tenant"}}', "{{server}}", "s"),
            panel("Clock offset", "timeseries", f"farmsight_agent_clock_offset_seconds{{{SERVER}}}", "{{server}}", "s"),
            panel("Spool", "timeseries", f"farmsight_agent_spool_bytes{{{SERVER}}}", "{{server}}", "bytes"),
            panel("Processor", "timeseries",
                  f"rate(farmsight_agent_cpu_seconds_total{{{SERVER}}}[15m])", "{{server}}", "percentunit"),
            panel("Versions", "table", f"sum by (farm, version, platform) (farmsight_agent_info{{{FARM}}})"),
            panel("Event log records that bear on sign-in", "timeseries",
                  f"sum by (log, event_id) (farmsight_events{{{SERVER}}})", "{{log}} {{event_id}}"),
        ),
    ),
    (
        "The collector itself",
        (
            panel("Evaluations: p95", "timeseries",
                  "histogram_quantile(0.95, sum by (le, instance) "
                  "(rate(farmsight_collector_evaluation_duration_seconds_bucket[10m])))", "{{instance}}", "s"),
            panel("Change to finding", "timeseries", "farmsight_collector_change_to_finding_seconds", "{{instance}}", "s"),
            panel("Reports applied and check-ins", "timeseries",
                  "rate(farmsight_collector_reports_applied_total[5m]) + rate(farmsight_collector_check_ins_total[5m])",
                  "{{instance}}", "ops"),
            panel("Agents connected", "timeseries", "farmsight_collector_streams", "{{instance}}"),
            panel("Store", "timeseries", "farmsight_collector_store_bytes", "{{instance}}", "bytes"),
            panel("Waiting for the writer", "timeseries", "farmsight_collector_queue_frames", "{{instance}}"),
        ),
    ),
)  # fmt: skip


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    panels: list[dict[str, Any]] = []
    x = y = row_height = 0
    for title, its in ROWS:
        y, x = y + row_height, 0
        panels.append({"type": "row", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "panels": []})
        y, row_height = y + 1, 0
        for one in its:
            place = one["gridPos"]
            if x + place["w"] > 24:
                x, y, row_height = 0, y + row_height, 0
            panels.append({**one, "gridPos": {**place, "x": x, "y": y}})
            x, row_height = x + place["w"], max(row_height, place["h"])
    numbered = [{"id": number, **one} for number, one in enumerate(panels, start=1)]
    return {
        "title": "farmsight",
        "uid": "farmsight",
        "tags": ["farmsight"],
        "description": "Certificate sign-in on AD FS farms: findings, CRLs, fetches, certificates, agents.",
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "",
        "templating": {"list": [_source(), *_variables()]},
        "panels": numbered,
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _variables() -> list[dict[str, Any]]:
    asked = {
        "farm": "label_values(farmsight_farm_evaluated_timestamp_seconds, farm)",
        "server": 'label_values(farmsight_agent_info{farm=~"$farm"}, server)',
    }
    return [
        {
            "name": name,
            "label": name,
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": query, "refId": name},
            "refresh": 2,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
            "sort": 1,
        }
        for name, query in asked.items()
    ]


if __name__ == "__main__":
    print(json.dumps(dashboard(), indent=1))
