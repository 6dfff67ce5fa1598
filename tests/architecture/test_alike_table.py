"""The table of what should be equal between servers is whole: every kind of fact, and rules that there are."""

import re
from pathlib import Path

import pytest

from farmsight_collector.correlate.alike import TABLE, Expectation, fields_of, line_of
from farmsight_collector.correlate.page import page
from farmsight_collector.queries.apart import _TEXTS
from farmsight_collector.rules.catalogue import RULES
from farmsight_wire.v1.vocabulary import KINDS

BY_CODE = {rule.code: rule for rule in RULES}
NAMED = {code for line in TABLE for code in line.rules}
# Rules whose name says that they compare, and do so with something else than another server.
OF_ONE_SERVER = {"entra.federation-mismatch", "crl.delta-base-mismatch", "crl.mirrors-differ", "crl.platform-differs"}
# The comparisons between servers that the catalogue of causes asks for, line by line.
ASKED_FOR = {
    "trust stores": "STORE-01 STORE-03 STORE-07 STORE-08 STORE-12 TLS-02",
    "proxies that nodes trust": "STORE-14",
    "local copy of NTAuth": "STORE-11",
    "bindings": "HTTP-09 HTTP-10 HTTP-14 HTTP-15 HTTP-16 CRL-29 CRL-30",
    "mode of certificate sign-in": "HTTP-22 HTTP-23 HTTP-24 NET-07 NET-11",
    "CRL of a URL": "CRL-01 CRL-02 CRL-03 CRL-16 CRL-17 CRL-21 CRL-23",
    "proxy of an account": "NET-02 NET-03",
    "clock": "NET-12",
    "versions of TLS": "TLS-05 TLS-06",
    "settings of Schannel": "TLS-03 TLS-04",
    "build and updates": "FARM-05",
    "roles of nodes": "FARM-01 FARM-02",
    "account of the service": "ADFS-19",
    "name of the farm at the proxy": "WAP-07",
    "certificate over the wire": "WAP-04 LB-01 NET-15",
    "AD FS and the tenant": "ADFS-13 ENTRA-20",
    "chains and the tenant": "ENTRA-01 ENTRA-02 ENTRA-14",
    "nodes and agents": "FARM-03",
}


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_every_kind_of_fact_stands_in_the_table_whatever_its_key(kind: str) -> None:
    assert line_of(kind, "any key at all") is not None or fields_of(kind)
    assert line_of(kind, "any key at all") is not None


def test_no_line_speaks_of_a_kind_that_there_is_not() -> None:
    assert {line.kind for line in TABLE} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.kind} {line.what}")
def test_a_line_says_why_and_names_rules_that_there_are(line) -> None:
    assert len(line.why) > 20
    assert line.what
    assert set(line.rules) <= set(BY_CODE)
    assert len(set(line.rules)) == len(line.rules)
    re.compile(line.keys)


@pytest.mark.parametrize("line", [line for line in TABLE if line.field], ids=lambda line: f"{line.kind}.{line.field}")
def test_a_field_that_is_compared_for_itself_has_words(line) -> None:
    assert (line.kind, line.field) in _TEXTS


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_rule_that_judges_a_difference_stands_in_the_table(code: str) -> None:
    if re.search(r"differ|mixed|mismatch|elsewhere", code):
        assert code in NAMED


def test_a_rule_that_compares_servers_reads_a_kind_of_which_a_line_names_it() -> None:
    for line in TABLE:
        for code in line.rules:
            if re.search(r"differ|mixed", code):
                assert line.kind in BY_CODE[code].reads or code in OF_ONE_SERVER, (line.kind, code)


@pytest.mark.parametrize("asked", list(ASKED_FOR))
def test_the_catalogues_comparisons_each_have_a_line_whose_rules_cover_them(asked: str) -> None:
    covered = {entry for code in NAMED for entry in BY_CODE[code].catalogue}
    assert set(ASKED_FOR[asked].split()) <= covered


def test_what_must_differ_is_said_of_something() -> None:
    assert {line.within for line in TABLE} == set(Expectation)


def test_the_page_is_the_tables_own() -> None:
    file = Path(__file__).parents[2] / "docs" / "between-servers.md"
    assert file.read_text(encoding="utf-8") == page(), "make rules"
