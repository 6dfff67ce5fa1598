"""Event log records, through pywin32's own calls, against a wevtapi.dll that serves what the test wrote.

That DLL is a stand-in compiled from the platform's own headers: it proves how
we ask, page, render, and take refusals. What a real log holds it can't know;
the records are of the form that AD FS, CAPI2 and Schannel write.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.windows.bed import prefix
from tests.windows.bed.compile import library
from tests.windows.bed.wine_host import WineHost
from tests.windows.told import told

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "events"
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
        return told(self.host, "events:records")

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


def ids(answer: Any) -> list[tuple[str, int]]:
    return [(one["log"], one["event_id"]) for one in answer["values"]]


def test_records_of_all_logs_are_read_the_newest_first(logs: EventLogs) -> None:
    logs.log("AD FS_Admin", "adfs-364", "adfs-317")
    logs.log("Microsoft-Windows-CAPI2_Operational", "capi2-11", "capi2-41")
    logs.log("System", "schannel-36870", "service-7034")

    answer = logs.told()

    assert ids(answer) == [
        ("AD FS/Admin", 317),
        ("AD FS/Admin", 364),
        ("Microsoft-Windows-CAPI2/Operational", 41),
        ("Microsoft-Windows-CAPI2/Operational", 11),
        ("System", 36870),
        ("System", 7034),
    ]
    first = answer["values"][0]
    assert (first["record"], first["provider"], first["level"]) == ("48214", "AD FS", 2)
    assert first["at"] == "2026-11-23T09:58:13.100Z"
    assert first["data"]["0"] == "urn:federation:MicrosoftOnline"
    assert answer["values"][3]["data"]["Result"].endswith("nicht als vertrauenswürdig gilt.")


def test_other_records_are_other_answers(logs: EventLogs) -> None:
    logs.log("AD FS_Admin", "adfs-364")

    assert ids(logs.told()) == [("AD FS/Admin", 364)]


def test_an_event_that_nobody_asked_for_is_not_read(logs: EventLogs) -> None:
    other = (VECTORS / "adfs-364.xml").read_text(encoding="utf-8").replace(">364<", ">100<")
    logs.put("AD FS_Admin", other)

    assert logs.told()["values"] == []


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

    records = [int(one["record"]) for one in logs.told()["values"]]

    assert records == list(range(399, 99, -1))


def test_a_log_that_is_not_there_does_not_apply_and_all_absent_is_nothing(logs: EventLogs) -> None:
    answer = logs.told()

    assert answer["values"] == []


@pytest.mark.parametrize(
    ("call", "code", "kind", "reason"),
    [
        ("query", 5, "DeniedError", "log-not-readable"),
        ("query", 1722, "UnavailableError", "log-service-down"),
        ("next", 1460, "TimedOutError", "log-too-slow"),
        ("next", 1500, "FailedError", "log-damaged"),
        ("render", 15005, "FailedError", "log-not-understood"),
    ],
)
def test_a_log_that_can_not_be_read_is_unknown_and_says_why(
    logs: EventLogs, call: str, code: int, kind: str, reason: str
) -> None:
    logs.log("AD FS_Admin", "adfs-364")
    logs.fail("AD FS_Admin", call, code)

    answer = logs.told()

    assert (answer["error"], answer["reason"]) == (kind, reason)
    assert "AD FS/Admin" in answer["detail"]


def test_one_record_of_junk_does_not_lose_the_others(logs: EventLogs) -> None:
    good = (VECTORS / "adfs-364.xml").read_text(encoding="utf-8")
    bomb = "<!DOCTYPE a [<!ENTITY b 'b'>]><Event><Provider Name='AD FS'/><EventID>364</EventID>&b;</Event>"
    logs.put("AD FS_Admin", good, bomb)

    answer = logs.told()

    assert ids(answer) == [("AD FS/Admin", 364)]
