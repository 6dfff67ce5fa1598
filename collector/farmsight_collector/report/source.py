"""What a report is made from: the same for captured files and for what a collector holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.report.changes import Changes
from farmsight_wire.v1 import query_pb2

FILES: Final = "files"
COLLECTOR: Final = "collector"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One server: its role, and since when and by what anything is known of it."""

    server: str
    role: str
    role_reason: str = ""
    times: tuple[str, ...] = ()  # of captures, or when it was last heard of; the newest first
    dated: str = ""  # what tells the newest of them, in words
    silent: bool = False  # no run covers the instant any more
    version: str = ""  # of its agent
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Traced:
    """The trace of one file's certificate, as the query service would answer."""

    file: str
    answer: query_pb2.TraceResponse


@dataclass(frozen=True, kw_only=True)
class Source:
    """One farm as of an instant with what was found, and what is known of where it comes from."""

    kind: str  # FILES or COLLECTOR
    picture: Evaluated
    findings: tuple[query_pb2.Finding, ...]
    unknown: tuple[query_pb2.UnknownItem, ...]
    servers: tuple[Seen, ...]
    farm_reason: str = ""  # where the farm's name stands
    changes: Changes | None = None  # None: there is nothing earlier to compare with
    traces: tuple[Traced, ...] = ()
    latencies: Mapping[tuple[str, str | None, str], float] | None = None  # of retrievals, in milliseconds
    lacking: tuple[Mapping[str, Any], ...] = ()  # commands without an output, as the document has them
    leftovers: tuple[Mapping[str, Any], ...] = ()  # files that say nothing here, the same
    notes: tuple[str, ...] = ()
