"""What the event logs are asked, and what their refusals mean."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from farmsight_agent.hosts.windows.system import event_queries, event_troubles
from farmsight_agent.outcome import DeniedError, FailedError, NotApplicableError, TimedOutError, UnavailableError

SCRIPT = Path(__file__).parents[4] / "deploy" / "windows" / "Collect-FarmsightEvidence.ps1"


def test_the_agent_asks_what_the_collection_script_asks():
    table = re.search(r"\$EventQueries = @\((.*?)\n\)", SCRIPT.read_text(encoding="utf-8"), re.DOTALL)[1]
    rows = re.findall(r"Log = '([^']+)';(?: Provider = '([^']+)';)? Ids = @\(([\d, ]*)\)", table)

    assert [(q.log, q.provider, q.ids) for q in event_queries.QUERIES] == [
        (log, provider, tuple(map(int, ids.split(", "))) if ids else ()) for log, provider, ids in rows
    ]
    assert f"$MostEvents = {event_queries.MOST}\n" in SCRIPT.read_text(encoding="utf-8")
    assert f"$EventDays = {event_queries.DAYS}\n" in SCRIPT.read_text(encoding="utf-8")


@pytest.mark.parametrize("query", event_queries.QUERIES, ids=lambda q: f"{q.log}-{q.provider}-{len(q.ids)}")
def test_each_query_is_well_formed_and_bounded(query):
    root = ET.fromstring(event_queries.structured(query))
    select = root.find("Query/Select")

    assert root.find("Query").get("Path") == select.get("Path") == query.log
    assert "timediff(@SystemTime) <= 604800000" in select.text
    assert [int(n) for n in re.findall(r"EventID=(\d+)", select.text)] == list(query.ids)
    assert len(query.ids) <= 18  # with provider and time, what one selector may hold


def test_a_provider_is_named_as_it_is():
    query = event_queries.EventQuery(log="System", provider="Schannel", ids=(36870, 36871))

    assert "*[System[Provider[@Name='Schannel'] and TimeCreated[" in event_queries.structured(query)
    assert "] and (EventID=36870 or EventID=36871)]]" in event_queries.structured(query)


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (15007, NotApplicableError, "no-such-log"),
        (5, DeniedError, "log-not-readable"),
        (1460, TimedOutError, "log-too-slow"),
        (1722, UnavailableError, "log-service-down"),
        (1500, FailedError, "log-damaged"),
        (15001, FailedError, "log-failed"),
        (0, FailedError, "log-failed"),
    ],
)
def test_only_a_log_that_is_not_there_does_not_apply(code, kind, reason):
    error = event_troubles.trouble("AD FS/Admin", code)

    assert type(error) is kind
    assert error.reason == reason
    assert "AD FS/Admin" in error.detail
