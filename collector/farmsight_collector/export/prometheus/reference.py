"""docs/metrics.md, made of the tables that the end point itself stands on.

python -m farmsight_collector.export.prometheus.reference > docs/metrics.md
"""

from collections.abc import Iterator

from farmsight_collector.export.prometheus.catalogue import METRICS
from farmsight_collector.export.prometheus.exposition import LOOKED_UP_AT_ONCE, SERVES_FOR_S
from farmsight_collector.export.prometheus.lines import LABEL_LENGTH
from farmsight_collector.metrics import COUNTERS, DURATIONS, GAUGES, PREFIX

_HEAD = f"""\
# Metrics for Prometheus

The collector answers at `/metrics`, in Prometheus' text format or, to who accepts it, as OpenMetrics. It stands on
the web port, and on an address of its own where one is set:

```toml
[metrics]
listen = "10.0.0.5:9749"     # empty: on the web port alone
open_on_loopback = false     # true: this machine needs no token
```

Who asks shows the token from the file `metrics-token` in the data folder (made at the first start, for this purpose
alone: it opens neither the page nor the query port):

```yaml
scrape_configs:
  - job_name: farmsight
    scheme: https
    authorization: {{credentials_file: /etc/prometheus/farmsight-token}}
    tls_config: {{ca_file: /etc/prometheus/farmsight-ca.crt}}   # ca.crt of the data folder
    static_configs: [{{targets: ["collector.contoso.com:7446"]}}]
```

With `open_on_loopback` a request that a reverse proxy on the same machine passes on is told by its forwarding headers
and needs the token all the same; a proxy that sets none of them lets everybody in.

`deploy/grafana/farmsight.json` is a dashboard of these, `deploy/prometheus/farmsight-alerts.yml` are rules for alerts.

What to know when writing queries:

- Instants are absolute. What is left is `farmsight_crl_next_update_timestamp_seconds - time()`, and it stays true
  between scrapes, and when the collector is gone.
- Nothing is told that is not known. A server that no longer reports has no `farmsight_retrieval_up`; it has
  `farmsight_probe_parts{{outcome="stale"}}`. An alert on the former needs one on the latter beside it.
- A scrape runs no rule. What it tells of a farm is as of `farmsight_farm_evaluated_timestamp_seconds`. Of several
  collectors over one database only the one that evaluates a farm tells of it; scrape them all.
- Asked again within {SERVES_FOR_S:g} s, the collector gives the same answer again.
- Bounds: each metric has so many series of one farm at the most as the tables say; a label is cut at {LABEL_LENGTH}
  characters. What is over a bound is left out and counted in `farmsight_collector_series_left_out`. Of fetches that
  fail, {LOOKED_UP_AT_ONCE} are looked up for their last success at each scrape, the rest at the next.
"""


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    yield _HEAD
    yield "## Farms and agents\n"
    yield "| metric | kind | labels | most series of a farm | says |"
    yield "|---|---|---|---|---|"
    for one in METRICS:
        labels = " ".join(f"`{label}`" for label in one.labels)
        yield f"| `{one.name}` | {one.kind} | {labels} | {one.most:,} | {one.help} |"
    yield "\n## The collector itself\n"
    yield "Without labels; beside these the `process_*` and `python_gc_*` metrics of Prometheus' own library.\n"
    yield "| metric | kind | says |"
    yield "|---|---|---|"
    for kind, table, end in (("counter", COUNTERS, "_total"), ("gauge", GAUGES, ""), ("histogram", DURATIONS, "")):
        for name, told in table.items():
            yield f"| `{PREFIX}{name}{end}` | {kind} | {told} |"


if __name__ == "__main__":
    print("\n".join(page()))
