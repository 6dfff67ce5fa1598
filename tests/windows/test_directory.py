"""LDAP as a Windows server reads it: Wine's own wldap32 against a real directory, and a stand-in that says who binds.

Wine's library shows that connecting, searching and reading values work as we
call them. It can't bind as an account, so for that a wldap32.dll compiled
from the platform's header writes down what it was asked and answers as told.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from farmsight_lab.servers.bulk import bulk_crl
from tests.agent.retrieve.conftest import TODAY, Ca
from tests.fakes import slapd
from tests.windows.bed import prefix
from tests.windows.bed.compile import library
from tests.windows.bed.wine_host import WineHost

CDP = f"cn=Contoso Root,cn=pki01,cn=CDP,{slapd.PUBLIC}"
SHUT = f"cn=Contoso Root,cn=Shut,{slapd.SUFFIX}"
needs_slapd = pytest.mark.skipif(slapd.SLAPD is None, reason=slapd.MISSING)

_READ = """
import json, sys
from farmsight_agent.hosts.windows.api import wldap32
place, dn, search_filter, most, method, *attributes = sys.argv[1:]
host, _, port = place.rpartition(":")
search = wldap32.Search(dn=dn, scope=0, filter=search_filter, attributes=tuple(attributes),
                        connect_s=2.5, wait_s=3.0, max_bytes=int(most))
try:
    found = wldap32.read(host, int(port), search, getattr(wldap32, method))
    print(json.dumps({"entries": found.entries, "values": [[name, value.hex()] for name, value in found.values]}))
except wldap32.WldapError as error:
    print(json.dumps({"doing": error.doing, "code": error.code, "words": error.words}))
"""
_FETCH = """
import json, sys
from farmsight_agent.clock import SystemClock
from farmsight_agent.retrieve.directory_domain import DomainDirectory
from farmsight_agent.retrieve.directory_windows import WindowsDirectory, WindowsSystem
from farmsight_agent.retrieve.fetch import Network, Trail
from farmsight_agent.retrieve.ldap_fetch import fetch_entry
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2
url, place, domain = sys.argv[1:]
class Member(WindowsSystem):  # Wine is in no domain
    def membership(self):
        return facts_pb2.TRISTATE_YES, domain
limits = Limits(connect_timeout_s=2, timeout_s=3, total_s=6)
directory = DomainDirectory(system=Member()) if domain else WindowsDirectory()
network = Network(limits=limits, clock=SystemClock(), connect_to={"dc1.corp.test:389": place}, directory=directory)
trail, told = Trail(), {"outcome": "OK"}
try:
    fetch_entry(url, facts_pb2.RETRIEVAL_PURPOSE_CRL, network, Deadline(network.clock, limits.total_s), trail)
except RetrievalTroubleError as error:
    told = {"outcome": facts_pb2.RetrievalOutcome.Name(error.outcome)[18:], "detail": error.detail,
            "code": error.system_error}
print(json.dumps(told | {"value": trail.body.read().hex(), "remarks": trail.remarks}))
"""


@pytest.fixture(scope="module")
def authority() -> Ca:
    return Ca()


@pytest.fixture(scope="module")
def crl(authority: Ca) -> bytes:
    return authority.crl()


@pytest.fixture(scope="module")
def place(authority: Ca, crl: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    large = bulk_crl(authority.root.certificate, authority.root.key, entries=5000, this_update=TODAY, next_update=TODAY)
    entries = [
        slapd.point(CDP, certificateRevocationList=[crl]),
        slapd.point(f"cn=Large,{slapd.PUBLIC}", certificateRevocationList=[large]),
        slapd.point(SHUT, certificateRevocationList=[crl]),
        slapd.authority(f"cn=CA,{slapd.PUBLIC}", authority.root.der, authority.other.der),
        slapd.referral(f"cn=Elsewhere,{slapd.PUBLIC}", "ldap://other.contoso.com/cn=x"),
    ]
    with slapd.directory(tmp_path_factory.mktemp("slapd"), entries) as where:
        yield where


def read(
    host: WineHost,
    place: str,
    dn: str,
    *attributes: str,
    search_filter: str = "(objectClass=*)",
    most: int = 1_000_000,
    method: str = "ANONYMOUS",
) -> Any:
    return json.loads(host.code(_READ, place, dn, search_filter, str(most), method, *attributes))


@needs_slapd
def test_wines_library_reads_what_the_directory_holds(shared_windows: WineHost, place: str, crl: bytes) -> None:
    found = read(shared_windows, place, CDP, "certificateRevocationList")

    assert found == {"entries": 1, "values": [["certificateRevocationList;binary", crl.hex()]]}


@needs_slapd
def test_every_value_is_read_and_one_that_is_too_large_is_not(
    shared_windows: WineHost, place: str, authority: Ca
) -> None:
    found = read(shared_windows, place, f"cn=CA,{slapd.PUBLIC}", "cACertificate;binary", "cn")
    large = read(shared_windows, place, f"cn=Large,{slapd.PUBLIC}", "certificateRevocationList", most=100_000)

    certificates = {value for name, value in found["values"] if name.startswith("cACertificate")}
    assert certificates == {authority.root.der.hex(), authority.other.der.hex()}
    assert large["doing"] == "size"


@needs_slapd
@pytest.mark.parametrize(
    ("dn", "search_filter", "code"),
    [
        (f"cn=Nobody,{slapd.PUBLIC}", "(objectClass=*)", 32),
        (SHUT, "(objectClass=*)", 50),
        (f"cn=Elsewhere,{slapd.PUBLIC}", "(objectClass=*)", 10),
        (CDP, "(((", 0x57),
    ],
)
def test_what_the_directory_refuses_comes_with_its_code(
    shared_windows: WineHost, place: str, dn: str, search_filter: str, code: int
) -> None:
    refused = read(shared_windows, place, dn, "certificateRevocationList", search_filter=search_filter)

    assert (refused["doing"], refused["code"]) == ("search", code)


def test_a_port_where_nothing_listens_is_an_error_of_the_library(shared_windows: WineHost) -> None:
    assert read(shared_windows, "127.0.0.1:1", CDP, "x")["code"] == 0x51


@needs_slapd
def test_our_own_client_reads_the_directory_on_windows_too(shared_windows: WineHost, place: str, crl: bytes) -> None:
    url = f"ldap://dc1.corp.test/{CDP.replace(' ', '%20')}?certificateRevocationList"
    told = json.loads(shared_windows.code(_FETCH, url, place, ""))

    assert told == {"outcome": "OK", "value": crl.hex(), "remarks": []}


def test_a_server_in_a_workgroup_has_no_directory_and_its_name_is_told(shared_windows: WineHost) -> None:
    told = json.loads(shared_windows.code(_FETCH, "ldap:///cn=x?certificateRevocationList", "127.0.0.1:1", ""))

    assert told["outcome"] == "NOT_POSSIBLE_HERE"
    assert "in the workgroup Workgroup: ldap:/// needs a domain" in told["detail"]


def test_a_domain_that_dns_does_not_know_is_told_with_the_resolvers_code(shared_windows: WineHost) -> None:
    """The locator finds nothing, and the SRV records are asked for: no such name, or no server to ask."""
    told = json.loads(shared_windows.code(_FETCH, "ldap:///cn=x", "127.0.0.1:1", "corp.invalid"))

    assert told["outcome"] == "NAME_NOT_RESOLVED"
    assert "no SRV record _ldap._tcp.dc._msdcs.corp.invalid" in told["detail"]
    assert told["code"] > 0


# The stand-in.


@pytest.fixture(scope="module")
def bound(wine: Path) -> Iterator[WineHost]:
    """A host with a wldap32.dll that writes down what it is asked."""
    del wine
    host = WineHost(prefix.clone())
    host.put_file(r"C:\windows\system32\wldap32.dll", library("wldap32.c"))
    host.override("wldap32")
    with host:
        yield host


def orders(host: WineHost, *lines: str) -> None:
    host.put(r"C:\standins\wldap32.txt", "".join(f"{line}\r\n" for line in lines).encode())
    host.path(r"C:\standins\wldap32.log").unlink(missing_ok=True)


def log(host: WineHost) -> list[str]:
    return host.path(r"C:\standins\wldap32.log").read_text().splitlines()


def test_the_account_binds_without_credentials_and_follows_no_referral(bound: WineHost) -> None:
    orders(bound, "value|certificateRevocationList|0102ff", "value|cn|78")

    found = read(bound, "dc1.corp.test:389", "cn=x", "certificateRevocationList", method="NEGOTIATE")

    assert found == {"entries": 1, "values": [["certificateRevocationList", "0102ff"], ["cn", "78"]]}
    assert log(bound) == [
        "init dc1.corp.test 389",
        "option 0x11=3",
        "option 0x4=3",
        "option 0x42=3",
        "option 0x8=0",
        "option 0x98=1",
        "connect 2500",
        "bind without credentials 0x486",
        "search cn=x scope 0",
        "filter (objectClass=*) entries 16",
        "attribute certificateRevocationList",
        "free 1",
        "unbind 1",
    ]


@pytest.mark.parametrize(("doing", "code"), [("connect", 0x51), ("bind", 49), ("bind", 0x52), ("search", 50)])
def test_a_call_that_fails_ends_it_with_code_and_the_servers_words(bound: WineHost, doing: str, code: int) -> None:
    orders(bound, f"{doing}|{code}", "words|80090308: LdapErr: DSID-0C090447")

    refused = read(bound, "dc1:389", "cn=x", "a", method="NEGOTIATE")

    assert refused == {"doing": doing, "code": code, "words": "80090308: LdapErr: DSID-0C090447"}
    assert log(bound)[-1] == "unbind 1"
    assert any(line.startswith("search") for line in log(bound)) == (doing == "search")


@needs_slapd
def test_what_anonymous_readers_may_not_see_is_read_as_the_account(bound: WineHost, place: str) -> None:
    orders(bound, "value|certificateRevocationList|3000")
    url = f"ldap://dc1.corp.test/{SHUT.replace(' ', '%20')}?certificateRevocationList"

    told = json.loads(bound.code(_FETCH, url, place, "corp.test"))

    assert (told["outcome"], told["value"]) == ("OK", "3000")
    assert "asked again as this account" in told["remarks"][0]
    assert "bind without credentials 0x486" in log(bound)


@needs_slapd
def test_outside_its_own_domain_the_account_does_not_bind(bound: WineHost, place: str) -> None:
    orders(bound, "value|certificateRevocationList|3000")
    url = f"ldap://dc1.corp.test/{SHUT.replace(' ', '%20')}?certificateRevocationList"

    told = json.loads(bound.code(_FETCH, url, place, "other.test"))

    assert (told["outcome"], told["code"]) == ("DIRECTORY_RESULT", 50)
    assert not bound.path(r"C:\standins\wldap32.log").exists()


@needs_slapd
def test_a_bind_that_never_ends_is_left_behind_in_time(bound: WineHost, place: str) -> None:
    orders(bound, "hang|60000")
    url = f"ldap://dc1.corp.test/{SHUT.replace(' ', '%20')}?certificateRevocationList"

    told = json.loads(bound.code(_FETCH, url, place, "corp.test"))

    assert told["outcome"] == "TIMED_OUT"
