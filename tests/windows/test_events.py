"""Event log records, through pywin32's own calls, against a wevtapi.dll that serves what the test wrote.

That DLL is a stand-in compiled from the platform's own headers: it proves how
we ask, page, render, and take refusals. What a real log holds it can't know;
the records are of the form that AD FS, CAPI2 and Schannel write.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.windows.bed import prefix
from tests.windows.bed.compile import library
from tests.windows.bed.wine_host import WineHost

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "events"
ADFS, WAP, CAPI2, SYSTEM = (
    "AD FS", "Microsoft-Windows-WebApplicationProxy", "Microsoft-Windows-CAPI2", "System",
)  # fmt: skip
_PROBE: Final = """
import json
from types import SimpleNamespace
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import events
from farmsight_agent.probes import events as probe
host = SimpleNamespace(event_publishers=events.publishers, events=events.records)
told = {}
for part in probe.collect(SimpleNamespace(host=host)):
    found = [MessageToDict(one.event, preserving_proto_field_name=True) for one in part.facts]
    told[part.part] = {"outcome": part.outcome, "reason": part.reason, "detail": part.detail, "source": part.source,
      "keys": [one.key for one in part.facts], "events": found}
print(json.dumps(told))
"""
OBSERVED, NOT_APPLICABLE, DENIED, UNAVAILABLE, TIMED_OUT, FAILED = range(1, 7)  # as the wire numbers outcomes
LOGS: Final = ("AD FS_Admin", "Microsoft-Windows-CAPI2_Operational", "System")


class EventLogs:
    """A host whose event logs are folders of records."""

    def __init__(self, host: WineHost) -> None:
        self.host = host

    def log(self, name: str, *records: str) -> None:
        """Let a log hold recorded events, the last one the newest."""
        self.put(name, *((VECTORS / f"{record}.xml").read_text(encoding="utf-8") for record in records))

    def put(self, name: str, *records: str) -> None:
        self.host.path(rf"C:\standins\events\{name}").mkdir(parents=True, exist_ok=True)
        for number, xml in enumerate(records):
            self.host.put(rf"C:\standins\events\{name}\{number:05}.xml", xml)

    def fail(self, name: str, call: str, code: int) -> None:
        self.put(name)
        self.host.put(rf"C:\standins\events\{name}\fail", f"{call} {code}\n")

    def told(self) -> Any:
        """Return what the agent's probe reports, by part."""
        return json.loads(self.host.code(_PROBE))

    def asked(self) -> list[list[str]]:
        """Return what the log service was asked: log, flags, query; and how many handles each process left open."""
        log = self.host.path(r"C:\standins\events.log")
        return [line.split("\t") for line in log.read_text(encoding="utf-8-sig").splitlines()]


@pytest.fixture(scope="module")
def booted(wine: Path) -> Iterator[WineHost]:
    host = WineHost(prefix.clone())
    host.put_file(r"C:\windows\system32\wevtapi.dll", library("wevtapi.c"))
    host.override("wevtapi")
    try:
        with host:
            yield host
    finally:
        host.remove()


@pytest.fixture
def logs(booted: WineHost) -> Iterator[EventLogs]:
    yield EventLogs(booted)
    shutil.rmtree(booted.path(r"C:\standins"), ignore_errors=True)


def ids(part: Any) -> list[tuple[str, int]]:
    return [(one["log"], one["event_id"]) for one in part["events"]]


def test_records_of_all_logs_are_read_the_newest_first(logs: EventLogs) -> None:
    logs.log("AD FS_Admin", "adfs-364", "adfs-317")
    logs.log("Microsoft-Windows-CAPI2_Operational", "capi2-11", "capi2-41")
    logs.log("System", "schannel-36870", "service-7034")

    answer = logs.told()

    assert ids(answer[ADFS]) == [("AD FS/Admin", 317), ("AD FS/Admin", 364)]
    assert [number for _, number in ids(answer[CAPI2])] == [41, 11]
    assert ids(answer[SYSTEM]) == [("System", 36870), ("System", 7034)]
    assert answer[ADFS]["keys"] == ["AD FS/Admin/317/48214", "AD FS/Admin/364/48213"]
    first = answer[ADFS]["events"][0]
    assert (first["record"], first["provider"], first["level"]) == ("48214", "AD FS", 2)
    assert first["at"] == "2026-11-23T09:58:13.100Z"
    assert first["data"]["0"] == "urn:federation:MicrosoftOnline"
    assert answer[CAPI2]["events"][1]["data"]["Result"].endswith("nicht als vertrauenswürdig gilt.")


def test_other_records_are_other_answers(logs: EventLogs) -> None:
    logs.log("AD FS_Admin", "adfs-364")

    assert ids(logs.told()[ADFS]) == [("AD FS/Admin", 364)]


def test_an_event_that_nobody_asked_for_is_not_read(logs: EventLogs) -> None:
    other = (VECTORS / "adfs-364.xml").read_text(encoding="utf-8").replace(">364<", ">100<")
    logs.put("AD FS_Admin", other)

    assert logs.told()[ADFS] == {**logs.told()[ADFS], "outcome": OBSERVED, "events": []}


def test_the_log_service_is_asked_with_ids_providers_and_a_window_backwards(logs: EventLogs) -> None:
    for name in LOGS:
        logs.put(name)
    logs.told()

    queries = [(path, flags, text) for what, path, flags, text in logs.asked() if what == "query"]

    assert len(queries) == 7
    assert {flags for _, flags, _ in queries} == {str(0x1 | 0x200)}  # by channel, the newest first
    assert all("timediff(@SystemTime) &lt;= 604800000" in text for _, _, text in queries)
    assert "Provider[@Name='Schannel']" in next(text for path, _, text in queries if path == "System")


def test_no_handle_is_left_open(logs: EventLogs) -> None:
    logs.log("AD FS_Admin", "adfs-364", "adfs-317")
    logs.told()

    assert [number for what, _, number, _ in logs.asked() if what == "left open"] == ["0"]


def test_of_many_records_the_newest_three_hundred_of_a_query_are_read(logs: EventLogs) -> None:
    xml = (VECTORS / "adfs-364.xml").read_text(encoding="utf-8")
    logs.put("AD FS_Admin", *(xml.replace(">48213<", f">{number}<") for number in range(400)))

    records = [int(one["record"]) for one in logs.told()[ADFS]["events"]]

    assert records == list(range(399, 99, -1))


def test_a_log_that_is_not_there_does_not_apply(logs: EventLogs) -> None:
    logs.put("System")

    answer = logs.told()

    assert {name: part["outcome"] for name, part in answer.items()} == {
        ADFS: NOT_APPLICABLE, WAP: NOT_APPLICABLE, CAPI2: NOT_APPLICABLE, SYSTEM: OBSERVED,
    }  # fmt: skip
    assert answer[ADFS]["reason"] == "no-such-log"


@pytest.mark.parametrize(
    ("call", "code", "outcome", "reason"),
    [
        ("query", 5, DENIED, "log-not-readable"),
        ("query", 1722, UNAVAILABLE, "log-service-down"),
        ("next", 1460, TIMED_OUT, "log-too-slow"),
        ("next", 1500, FAILED, "log-damaged"),
        ("render", 15005, FAILED, "log-not-understood"),
    ],
)
def test_a_log_that_can_not_be_read_is_unknown_and_takes_no_other_with_it(
    logs: EventLogs, call: str, code: int, outcome: int, reason: str
) -> None:
    logs.log("AD FS_Admin", "adfs-364")
    logs.log("Microsoft-Windows-CAPI2_Operational", "capi2-11")
    logs.fail("Microsoft-Windows-CAPI2_Operational", call, code)

    answer = logs.told()

    assert (answer[CAPI2]["outcome"], answer[CAPI2]["reason"]) == (outcome, reason)
    assert "Microsoft-Windows-CAPI2" in answer[CAPI2]["detail"]
    assert ids(answer[ADFS]) == [("AD FS/Admin", 364)]


def test_one_record_of_junk_does_not_lose_the_others(logs: EventLogs) -> None:
    good = (VECTORS / "adfs-364.xml").read_text(encoding="utf-8")
    bomb = "<!DOCTYPE a [<!ENTITY b 'b'>]><Event><Provider Name='AD FS'/><EventID>364</EventID>&b;</Event>"
    logs.put("AD FS_Admin", good, bomb)

    answer = logs.told()

    assert ids(answer[ADFS]) == [("AD FS/Admin", 364)]
    assert answer[ADFS]["source"] == "wevtapi, 1 left out"
