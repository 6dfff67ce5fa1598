"""Which commands were not captured, and what that leaves open."""

import pytest

from farmsight_collector.offline.lacking import lacking
from farmsight_collector.rules.engine import Unknown
from farmsight_collector.rules.rule import CannotTell
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact, farm, server

ROW = ("http-sys", "ip-listen", None)


def lack(name="WAP01", reason="file-missing", rows=(ROW,), role="wap", facts=()):
    made = server(name, role, *facts, unknown=rows)
    for one in made.coverage:
        if one.outcome != "observed":
            object.__setattr__(one, "reason", reason)
    return made


def store_asked(part, name="WAP01", reason="no run of certificate-stores was reported"):
    return Unknown(code="x.y", verdict=CannotTell(server=name, reason=reason, probe="certificate-stores", part=part))


def test_the_line_to_type_here_and_on_any_server():
    [one] = lacking(farm(lack()))

    assert one.server == "WAP01"
    assert one.run == "netsh http show iplisten > WAP01_iplisten.txt"
    assert one.anywhere == "netsh http show iplisten > %computername%_iplisten.txt"
    assert one.parts == ("http-sys/ip-listen",)


@pytest.mark.parametrize("reason", ["file-missing", "not-collected"])
def test_what_was_not_captured_is_lacking(reason):
    assert list(lacking(farm(lack(reason=reason))))


@pytest.mark.parametrize(
    "reason", ["truncated", "not-understood", "private-key-in-file", "role-unknown", "not-primary"]
)
def test_what_cannot_be_read_or_does_not_apply_is_not_lacking(reason):
    assert list(lacking(farm(lack(reason=reason)))) == []


def test_parts_that_one_command_answers_are_one_line_with_its_accounts():
    rows = [("url-cache", "", "system"), ("url-cache", "", "network-service")]
    [one] = lacking(farm(lack(rows=rows)))

    assert one.parts == ("url-cache",)
    assert sorted(one.contexts) == ["network-service", "system"]


def test_all_that_only_the_script_gives_is_one_line():
    rows = [("listeners", "", None), ("services", "", None), ("schannel", "", None)]
    [one] = lacking(farm(lack(rows=rows)))

    assert one.run == "powershell -File Collect-FarmsightEvidence.ps1"
    assert set(one.parts) == {"listeners", "services", "schannel"}


def test_the_articles_own_questions_come_first():
    rows = [("listeners", "", None), ROW, ("http-sys", "url-reservation", None), ("certificate-stores", "ROOT", None)]

    assert [one.command for one in lacking(farm(lack(rows=rows)))] == [
        "netsh http show urlacl",
        "certutil -verifystore root",
        "netsh http show iplisten",
        "Collect-FarmsightEvidence.ps1",
    ]


def test_one_account_that_fetched_tells_what_anothers_missing_output_would():
    fetched = fact(facts_pb2.Retrieval(url="http://x/a.crl"), "crl http://x/a.crl", "system")
    rows = [("retrievals", "", "network-service")]

    assert list(lacking(farm(lack(rows=rows, facts=(fetched,))))) == []
    assert list(lacking(farm(lack(rows=rows))))


def test_what_no_captured_file_holds_is_not_asked_for():
    assert list(lacking(farm(lack(rows=[("tls-endpoints", "", None)])))) == []


def test_stores_that_a_rule_asks_for_and_nobody_listed():
    view = farm(lack(), lack("STS01", role="adfs"))
    found = [
        one
        for one in lacking(view, [store_asked("NTAuth"), store_asked("NTAuth"), store_asked("DISALLOWED")])
        if one.store
    ]

    assert [(one.server, one.store) for one in found] == [("WAP01", "DISALLOWED"), ("WAP01", "NTAuth")]
    assert found[1].run == "certutil -store NTAuth > WAP01_store_ntauth.txt"
    assert found[1].parts == ("certificate-stores/NTAuth",)


def test_a_store_that_a_rule_of_the_farm_asks_for_is_lacking_where_it_says():
    reason = "STS01: certificate-stores/NTAuth: no run of certificate-stores was reported"
    view = farm(lack(), lack("STS01", role="adfs"))

    assert [one.server for one in lacking(view, [store_asked("NTAuth", None, reason)]) if one.store] == ["STS01"]


def test_a_store_that_was_listed_is_not_lacking_whatever_else_is_not_known_of_it():
    view = farm(server("WAP01", "wap", observed=[("certificate-stores", "MY", None)]))

    assert list(lacking(view, [store_asked("MY", reason="the bound certificate was not collected")])) == []
