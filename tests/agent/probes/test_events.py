"""Event records, one part a publisher of logs: what one log withholds, the others still say."""

from types import SimpleNamespace

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.system import event_queries
from farmsight_agent.outcome import DeniedError, UnavailableError
from farmsight_agent.probes import events
from farmsight_wire.v1 import facts_pb2, telemetry_pb2


def collected(host):
    return {part.part: part for part in events.collect(SimpleNamespace(host=host))}


def test_the_parts_are_the_publishers_that_a_windows_server_is_asked_about():
    assert set(events.PUBLISHERS) == set(event_queries.PUBLISHERS)


def test_a_denied_log_is_unknown_and_the_others_are_told():
    def records(publisher):
        if publisher == "Microsoft-Windows-CAPI2":
            raise DeniedError("log-not-readable")
        log = {"AD FS": "AD FS/Admin"}.get(publisher)
        return Seen(values=(facts_pb2.EventRecord(log=log, event_id=364, record=9),) if log else (), source="test")

    host = SimpleNamespace(event_publishers=lambda: Seen(values=("Security",), source="test"), events=records)
    found = collected(host)

    assert list(found) == [*events.PUBLISHERS, "Security"]
    assert found["Microsoft-Windows-CAPI2"].outcome == telemetry_pb2.PROBE_OUTCOME_DENIED
    assert [fact.key for fact in found["AD FS"].facts] == ["AD FS/Admin/364/9"]
    assert found["System"].outcome == telemetry_pb2.PROBE_OUTCOME_OBSERVED


def test_without_any_source_every_part_is_unknown():
    def missing():
        raise UnavailableError("file-missing")

    found = collected(SimpleNamespace(event_publishers=missing))

    assert {name: part.reason for name, part in found.items()} == dict.fromkeys(events.PUBLISHERS, "file-missing")
