"""A trace as people and programs read it: the answer first, then why, then which pairs of servers pass."""

import io
import json
import re

import pytest

from farmsight_collector.cli.output import Output
from farmsight_collector.cli.trace_output import document
from farmsight_collector.cli.trace_text import exit_code, print_trace
from farmsight_collector.queries.trace import message
from farmsight_wire.v1 import query_pb2
from tests.fakes.pki import ISSUING
from tests.fakes.traces import FAILS, PASSES, UNKNOWN, hop, pairs, path, trace

SOME = ["WAP01", "WAP02"], ["STS01", "STS02"]
MANY = [f"WAP{n:02}" for n in range(1, 26)], [f"STS{n:02}" for n in range(1, 26)]


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(told, *, details=False, stream=None, width=None):
    stream = stream or io.StringIO()
    print_trace(Output(stream, width=width), message(told), details=details)
    return stream.getvalue()


def test_the_answer_stands_first_then_what_fails_with_what_people_see_and_what_to_do():
    out = shown(trace(pairs(*SOME, broken={"WAP02"}), "WAP02 cannot build the chain"))
    lines = out.splitlines()

    assert lines[0].startswith("sts.contoso.com as of ")
    assert lines[1] == "FAILS  WAP02 cannot build the chain"
    assert " 1  FAILS  wap-chain  [WAP02 as system]  (STORE-03)" in lines
    assert f"      why: {ISSUING.subject} is in no store of WAP02" in lines
    assert "      the user sees: no certificate is asked for, or the page does not open" in lines
    assert "      the administrator sees: Schannel event 36887 on the proxy" in lines
    assert "      what to do: farmsight explain store.issuing-ca-missing" in lines


def test_the_matrix_shows_which_pairs_fail_and_by_which_hop():
    out = shown(trace(pairs(*SOME, broken={"WAP02"})))

    assert "extranet: of 4 pairs of servers 2 fail" in out
    assert re.search(r"WAP01\s+passes", out)
    assert re.search(r"WAP02\s+fails \(1\)", out)
    assert "intranet: of 2 servers all pass" in out


def test_a_pair_that_is_not_known_points_to_why():
    out = shown(trace(pairs(*SOME, untold={"STS02"})))

    assert "UNKNOWN  it unknown" in out
    assert " 1  UNKNOWN  adfs-listens  [STS02]" in out
    assert re.search(r"via\s+STS01\s+STS02\s*\n.*passes\s+unknown \(1\)", out)


def test_what_fails_decides_over_what_is_not_known():
    out = shown(trace(pairs(["WAP01"], ["STS01"], broken={"WAP01"}, untold={"STS01"})))

    assert out.index("what fails (1)") < out.index("not known (1)")
    assert re.search(r"WAP01\s+fails \(1\)", out)


def test_what_no_verdict_hangs_on_is_shown_apart_and_without_a_number():
    out = shown(trace(pairs(["WAP01"], ["STS01"])))

    assert "PASSES  it passes" in out
    assert "beside that, no verdict hangs on it (1):\n    UNKNOWN  prompt-login  [the tenant]" in out


def test_a_wide_farm_is_read_at_a_glance():
    out = shown(trace(pairs(*MANY, broken={"WAP07", "WAP19"}, untold={"STS03"})))

    assert len(out.splitlines()) < 40
    assert " 1  FAILS  wap-chain  [WAP07, WAP19 as system]" in out
    assert f"why: {ISSUING.subject} is in no store of the server" in out
    assert re.search(r"all but WAP07, WAP19\s+passes\s+unknown \(2\)", out)
    assert re.search(r"WAP07, WAP19\s+fails \(1\)\s+fails \(1\)", out)
    assert "extranet: of 625 pairs of servers 50 fail, 23 not known" in out


def test_hundreds_of_reasons_are_cut_short_and_all_are_there_on_request():
    def odd(number):
        return hop("forwarding", f"WAP{number}", FAILS, f"reason {'x' * number}")

    told = trace(path("extranet", (f"WAP{n}", "STS01"), [odd(n)]) for n in range(60))

    assert "and 40 more; -v or --json shows all" in shown(told)
    assert "-v or --json" not in shown(told, details=True)


def test_details_show_each_hop_once_with_its_chain_store_and_crl():
    out = shown(trace(pairs(*SOME, broken={"WAP02"})), details=True)
    below = out[out.index("every hop:") :]

    assert below.count("domain-federated:") == 1
    assert below.count("WAP01 as system: WAP01 builds it") == 1
    assert "chain 1 of 1: passes" in below
    assert f"{ISSUING.subject}  sha1 {ISSUING.sha1}  (CA)" in below
    assert "revocation: fetched http://pki.contoso.com/issuing.crl: number 12, until 2026-" in below
    assert "WAP01 as system: WAP01 builds it\n        until 2026-" in below


def test_off_a_terminal_nothing_is_coloured_and_on_one_states_are():
    told = trace(pairs(*SOME, broken={"WAP02"}))

    assert "\x1b" not in shown(told)
    assert "\x1b[1;31m" in shown(told, stream=_Terminal(), width=100)


def test_what_certificates_say_moves_no_cursor():
    evil = "a\x1b[31mred\x07\u202eevil\nFAILS"
    told = trace([path("extranet", ("WAP01", evil), [hop("port", evil, FAILS, evil, user_sees=evil)])], evil, (evil,))
    out = shown(told, details=True)

    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert "\nFAILS\n" not in out


def test_the_document_is_as_the_schema_has_it():
    told = document(message(trace(pairs(*SOME, broken={"WAP02"}), "WAP02 cannot build the chain")))

    assert {"schema", "verdict", "certificate", "answer", "paths"} <= told.keys()
    assert told["schema"] == "farmsight.trace/1"
    assert told["verdict"] == "fails"
    assert told["answer"] == "WAP02 cannot build the chain"
    assert re.fullmatch("[0-9a-f]{40}", told["certificate"])
    [failing] = [one for one in told["paths"] if one["via"] == ["WAP02", "STS01"]]
    assert (failing["path"], failing["verdict"]) == ("extranet", "fails")
    [wap] = [one for one in failing["hops"] if one["hop"] == "wap-chain"]
    assert wap | {"why": "", "user_sees": ""} == {
        "hop": "wap-chain",
        "server": "WAP02",
        "context": "system",
        "verdict": "fails",
        "matters": True,
        "catalogue": ["STORE-03"],
        "codes": ["store.issuing-ca-missing"],
        "why": "",
        "user_sees": "",
        "administrator_sees": "Schannel event 36887 on the proxy",
        "holds_until": None,
        "evidence": [],
    }
    [node] = [one for one in failing["hops"] if one["hop"] == "adfs-listens"]
    assert node["context"] is None


def test_chains_stand_in_the_document_once_a_hop():
    told = document(message(trace(pairs(*MANY))))

    assert len(told["chains"]) == 25
    assert told["chains"][0]["chains"][0]["steps"][0]["found_in"] == ["presented"]
    assert len(json.dumps(told)) < 3_000_000


def test_hops_that_are_equal_travel_once_whoever_made_them():
    said = message(trace(path("extranet", (f"WAP{n}", "STS01"), [hop("adfs-listens", "STS01")]) for n in range(50)))

    assert len(said.hops) == 1
    assert [list(one.hops) for one in said.paths] == [[0]] * 50


@pytest.mark.parametrize(
    ("verdict", "fails", "unknown", "never"), [(PASSES, 0, 0, 0), (FAILS, 1, 1, 0), (UNKNOWN, 0, 1, 0)]
)
def test_exit_codes_say_what_they_were_asked_to(verdict, fails, unknown, never):
    said = message(trace([path("extranet", ("WAP01", "STS01"), [hop("port", verdict=verdict)])]))

    assert [exit_code(said, word) for word in ("fails", "unknown", "never")] == [fails, unknown, never]


def test_an_answer_that_says_nothing_passes_nothing():
    empty = query_pb2.TraceResponse()

    assert document(empty)["verdict"] == "unknown"
    assert exit_code(empty, "unknown") == 1
