"""Reports that nobody sent, by the same ingest that takes those of agents."""

from datetime import timedelta

import pytest

from farmsight_agent.evidence import open_evidence
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.offline import filling
from farmsight_collector.offline.filling import FARM, Filling, enrol
from farmsight_collector.offline.reading import Captured, Reading, Reported
from farmsight_collector.store.engine import open_store
from farmsight_wire.v1 import telemetry_pb2
from tests.fakes.evidence_folders import IPLISTEN, NOW, URLACL, WINHTTP, lab, texts, written

DAY = timedelta(days=1)
OTHER = URLACL.replace("+:443/adfs/ ", "+:49443/adfs/ ")


@pytest.fixture
def store():
    made = open_store("sqlite://", scratch=True)
    yield made
    made.close()


def filled(store, folder, at=NOW, **given):
    found = Reading(open_evidence([folder], **given))
    into = Filling(store, enrol(store, found.servers, at))
    return found, [trouble for one in found.reports() for trouble in into.add(one)]


def farm(store, at=NOW):
    with store.read() as connection:
        return farm_as_of(connection, FARM, at)


def urls(view, server="WAP01"):
    [one] = [one for one in view.servers if one.name == server]
    return [held.key for held in one.need("url-reservation", part="url-reservation")]


def test_servers_with_their_roles_and_what_was_captured_of_them(store, tmp_path):
    _, troubles = filled(store, written(tmp_path, {"WAP01_49443.txt": URLACL, "FILER_winhttp.txt": WINHTTP}))
    view = farm(store)

    assert troubles == []
    assert [(one.name, one.role) for one in view.servers] == [("FILER", "unknown"), ("WAP01", "wap")]
    assert urls(view) == ["https://+:443/adfs/"]


def test_every_fact_says_from_which_file_and_line_it_is(store, tmp_path):
    filled(store, written(tmp_path, {"WAP01/urlacl.txt": URLACL}))
    [held] = farm(store).servers[0].facts["url-reservation"]

    assert held.fact.source == "evidence:WAP01/urlacl.txt:5"
    assert held.began == NOW


@pytest.mark.parametrize("scenario", ["healthy", "sample"])
def test_whole_farms_are_taken_without_a_word(store, tmp_path, scenario):
    files = {f"{server}/{name}": data for server, held in lab(scenario).items() for name, data in held.items()}
    _, troubles = filled(store, written(tmp_path, files))

    assert troubles == []
    assert all(one.facts for one in farm(store).servers)


def test_the_bytes_of_certificates_are_there(store, tmp_path):
    filled(store, written(tmp_path, dict(lab("healthy", "script")["WAP01"])))
    view = farm(store)
    held = [one.value.certificate for one in view.servers[0].facts["store-certificate"]]

    assert held
    assert all(view.blob(one.blob_sha256) for one in held)


def test_of_two_times_each_is_what_was_so_then(store, tmp_path):
    files = {"2026-11-20/WAP01/urlacl.txt": URLACL, "2026-11-23/WAP01/urlacl.txt": OTHER}
    filled(store, written(tmp_path, files))

    assert urls(farm(store, NOW - DAY)) == ["https://+:443/adfs/"]
    assert urls(farm(store, NOW)) == ["https://+:49443/adfs/"]


def test_what_did_not_change_is_so_since_the_first_time(store, tmp_path):
    filled(store, written(tmp_path, {f"2026-11-{day}/WAP01/urlacl.txt": URLACL for day in (20, 21, 23)}))
    [held] = farm(store).servers[0].facts["url-reservation"]

    assert held.began.date().isoformat() == "2026-11-20"


def test_a_later_partial_capture_makes_nothing_unknown(store, tmp_path):
    files = {f"2026-11-20/WAP01/{name}": data for name, data in lab("healthy", "article")["WAP01"].items()}
    files["2026-11-23/WAP01/urlacl.txt"] = OTHER
    filled(store, written(tmp_path, files))
    before, after = farm(store, NOW - DAY).servers[0], farm(store, NOW).servers[0]

    def known(server):
        return {(one.probe, one.part, one.context) for one in server.coverage if one.outcome == "observed"}

    assert known(before) <= known(after)
    assert before.facts.keys() == after.facts.keys()
    assert urls(farm(store, NOW)) == ["https://+:49443/adfs/"]


@pytest.mark.parametrize(
    "later",
    [
        {"WAP01/x.txt": "C:\\> certutil -store root ab\n" + "{root}"},
        {"WAP01/jane_usercert.txt": "{verified}"},
        {"WAP01/winhttp.txt": WINHTTP},
        {"WAP01/iplisten.txt": IPLISTEN},
    ],
)
def test_what_a_later_capture_did_not_ask_stays_known(store, tmp_path, later):
    held = texts("WAP01")
    words = {"{root}": held["WAP01_store_root.txt"], "{verified}": held["WAP01_WAP01$_usercert.txt"]}
    files = {f"2026-11-20/WAP01/{name}": data for name, data in held.items()}
    for name, text in later.items():
        filled_in = [text.replace(word, data.decode()) for word, data in words.items() if word in text]
        files[f"2026-11-23/{name}"] = filled_in[0] if filled_in else text
    filled(store, written(tmp_path, files))
    server = farm(store, NOW).servers[0]

    assert server.need("store-certificate", part="ROOT")
    assert server.need("retrieval", context="system")


def test_a_later_capture_that_cannot_be_read_is_not_known_and_what_was_before_stays_so_then(store, tmp_path):
    filled(
        store, written(tmp_path, {"2026-11-20/WAP01/urlacl.txt": URLACL, "2026-11-23/WAP01/urlacl.txt": URLACL[:150]})
    )
    now, then = (farm(store, at).servers[0].ask("url-reservation", part="url-reservation") for at in (NOW, NOW - DAY))

    assert now.knowledge.name == "UNKNOWN"
    assert "2026-11-23/WAP01/urlacl.txt" in now.reason
    assert then.knowledge.name == "KNOWN"


def test_a_report_that_the_ingest_refuses_is_said(store):
    captured = Captured(name="WAP01", role="wap", role_reason="", taken=(NOW,), time_source="content", files=())
    into = Filling(store, enrol(store, [captured], NOW))
    broken = telemetry_pb2.ProbeReport(probe="http-sys", part="url-reservation", full=True, fact_count=7)
    told = into.add(Reported(server="WAP01", at=NOW, reports=(broken,), blobs={}))

    assert len(told) == 1
    assert told[0].startswith("WAP01: http-sys/url-reservation: ")


def test_evidence_of_years_ago_is_still_known_at_its_time(store, tmp_path):
    old = NOW.replace(year=2019)
    filled(store, written(tmp_path, {"WAP01_49443.txt": URLACL}, old), at=old)

    assert urls(farm(store, old)) == ["https://+:443/adfs/"]
    assert filling.UNKNOWN_ROLE not in {one.role for one in farm(store, old).servers}
