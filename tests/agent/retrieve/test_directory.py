"""Where an LDAP URL without a host leads: to the machine's own domain, or nowhere, by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.linux.membership import membership
from farmsight_agent.outcome import UnavailableError
from farmsight_agent.retrieve import ldap_ber as ber
from farmsight_agent.retrieve.directory_domain import DomainDirectory, Located, NotInDnsError
from farmsight_agent.retrieve.fetch import Network, Trail
from farmsight_agent.retrieve.ldap import Found
from farmsight_agent.retrieve.ldap_fetch import fetch_entry
from farmsight_agent.retrieve.ldap_result import from_api
from farmsight_agent.retrieve.ldap_url import LdapUrl, parse_ldap
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2
from tests.agent.retrieve.test_ldap import _BOUND, _done, _peer

CRL = facts_pb2.RETRIEVAL_PURPOSE_CRL
LIMITS = Limits(connect_timeout_s=0.5, timeout_s=0.5, total_s=2)
AD_WORDS = b"000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be"
DC1 = Located(host="dc1.corp.contoso.com", domain="corp.contoso.com", forest="contoso.com")


@dataclass
class Machine:
    """What an operating system would tell; every question is kept."""

    joined: facts_pb2.Tristate.ValueType = facts_pb2.TRISTATE_YES
    domain: str = "corp.contoso.com"
    controller: Located | None = DC1
    records: Sequence[str] | int = ()
    held: Found = field(default_factory=Found)
    refusal: RetrievalTroubleError | None = None
    asked: list[str] = field(default_factory=list)

    def membership(self) -> tuple[facts_pb2.Tristate.ValueType, str]:
        return self.joined, self.domain

    def locate(self, seconds: float) -> Located:
        self.asked.append("locate")
        assert 0 < seconds <= LIMITS.total_s
        if self.controller is None:
            raise UnavailableError("no-domain-controller", "error 1355")
        return self.controller

    def services(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if isinstance(self.records, int):
            raise NotInDnsError(self.records)
        return self.records

    def read(self, place: str, url: LdapUrl, names: tuple[str, ...], deadline: Deadline, limits: Limits) -> Found:
        self.asked.append(f"read {url.dn} at {place}")
        if self.refusal is not None:
            raise self.refusal
        return self.held


def deadline() -> Deadline:
    return Deadline(SystemClock(), LIMITS.total_s)


def located(machine: Machine) -> str:
    return DomainDirectory(system=machine).controller(deadline(), LIMITS)


def name_of(outcome: int) -> str:
    return facts_pb2.RetrievalOutcome.Name(outcome).removeprefix("RETRIEVAL_OUTCOME_")


def test_the_systems_own_domain_controller_is_asked():
    machine = Machine()

    assert located(machine) == "dc1.corp.contoso.com"
    assert machine.asked == ["locate"]


def test_where_the_system_finds_none_the_srv_records_are_asked():
    machine = Machine(controller=None, records=("dc2.corp.contoso.com", "dc3.corp.contoso.com"))

    assert located(machine) == "dc2.corp.contoso.com"
    assert machine.asked == ["locate", "_ldap._tcp.dc._msdcs.corp.contoso.com"]


@pytest.mark.parametrize(
    ("machine", "expected", "words", "code"),
    [
        (Machine(joined=facts_pb2.TRISTATE_NO, domain="DMZ"), "NOT_POSSIBLE_HERE", "in the workgroup DMZ", 0),
        (Machine(joined=facts_pb2.TRISTATE_UNKNOWN, domain=""), "UNKNOWN", "could not be read", 0),
        (Machine(controller=None, records=9003), "NAME_NOT_RESOLVED", "(error 1355), and no SRV record", 9003),
        (Machine(controller=None), "NAME_NOT_RESOLVED", "has no SRV record", 0),
    ],
)
def test_without_a_domain_controller_it_is_said_why(machine, expected, words, code):
    with pytest.raises(RetrievalTroubleError) as error:
        located(machine)

    assert (name_of(error.value.outcome), error.value.system_error) == (expected, code)
    assert words in error.value.detail


def test_a_domain_that_does_not_answer_is_looked_for_once_a_run():
    machine = Machine(controller=None, records=1460)
    directory = DomainDirectory(system=machine)

    for _ in range(3):
        with pytest.raises(RetrievalTroubleError):
            directory.controller(deadline(), LIMITS)

    assert machine.asked.count("locate") == 1


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("dc1.corp.contoso.com", True),
        ("DC9.Corp.Contoso.com.", True),
        ("dc1.emea.contoso.com", True),  # of the forest, once a domain controller named it
        ("dc1.corp.contoso.com.evil.example", False),
        ("evilcorp.contoso.com.example", False),
        ("notcorp.contoso.net", False),
        ("evil", False),
        ("192.0.2.1", False),
    ],
)
def test_an_account_shows_itself_in_its_own_domain_and_forest_alone(host, own):
    directory = DomainDirectory(system=Machine())
    directory.controller(deadline(), LIMITS)

    assert directory.is_own(host) == own
    assert not DomainDirectory(system=Machine(joined=facts_pb2.TRISTATE_NO)).is_own(host)


def read(machine: Machine, host: str, port: int) -> tuple[Trail, RetrievalTroubleError | None]:
    directory = DomainDirectory(system=machine)
    network = Network(
        limits=LIMITS,
        clock=SystemClock(),
        connect_to={f"{one}:389": f"127.0.0.1:{port}" for one in (host, "dc1.corp.contoso.com")},
        directory=directory,
    )
    trail = Trail()
    url = f"ldap://{host}/cn=x?certificateRevocationList;binary"
    try:
        fetch_entry(url, CRL, network, deadline(), trail)
    except RetrievalTroubleError as error:
        return trail, error
    return trail, None


def test_what_anonymous_readers_may_not_see_is_read_as_the_account():
    machine = Machine(held=Found(values=[("certificateRevocationList", b"crl"), ("cn", b"x")], entries=1))
    with _peer(_BOUND + _done(1, AD_WORDS)) as port:
        trail, error = read(machine, "", port)

    assert error is None
    assert trail.body.read() == b"crl"
    assert machine.asked == ["locate", f"read cn=x at 127.0.0.1:{port}"]
    assert trail.hops[0].url == "ldap://dc1.corp.contoso.com/cn=x?certificateRevocationList;binary"
    assert "asked again as this account: to anonymous readers the directory wants a bind first" in trail.remarks[0]


def test_what_the_account_may_not_read_either_is_told():
    refusal = from_api("search", 50, "00002098: SecErr: DSID-03152857")
    with _peer(_BOUND + _done(1, AD_WORDS)) as port:
        _, error = read(Machine(refusal=refusal), "", port)

    assert error is not None
    assert (name_of(error.outcome), error.system_error) == ("DIRECTORY_RESULT", 50)
    assert "this account may not read it (LDAP result 50, 00002098, as this account" in error.detail


def test_an_entry_without_the_attribute_is_told_for_the_account_too():
    with _peer(_BOUND + _done(1, AD_WORDS)) as port:
        _, error = read(Machine(held=Found(entries=1)), "", port)

    assert error is not None
    assert "that this account may read" in error.detail


def test_to_a_foreign_host_the_account_does_not_show_itself():
    """A certificate can name any host, and a bind there is a gift to it."""
    machine = Machine()
    with _peer(_BOUND + _done(1, AD_WORDS)) as port:
        trail, error = read(machine, "ldap.example", port)

    assert error is not None
    assert name_of(error.outcome) == "DIRECTORY_RESULT"
    assert not machine.asked
    assert not trail.remarks


@pytest.mark.parametrize(
    ("doing", "code", "expected", "system_error"),
    [
        ("connect", 0x51, "RESET", 0x51),
        ("connect", 0x5B, "CONNECT_TIMED_OUT", 0x5B),
        ("bind", 0x52, "DIRECTORY_RESULT", 0x52),
        ("bind", 49, "DIRECTORY_RESULT", 49),
        ("bind", 8, "DIRECTORY_RESULT", 8),
        ("search", 0x55, "TIMED_OUT", 0x55),
        ("search", 10, "REDIRECTS", 0),
        ("search", 32, "DIRECTORY_RESULT", 32),
        ("size", 4, "TOO_LARGE", 0),
        ("search", 0x99, "FAILED", 0x99),
    ],
)
def test_every_end_of_the_library_has_an_outcome(doing, code, expected, system_error):
    error = from_api(doing, code, "")

    assert (name_of(error.outcome), error.system_error) == (expected, system_error)
    assert error.detail


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, (facts_pb2.TRISTATE_NO, "")),
        (
            {"sssd/sssd.conf": "[domain/x]\nad_domain = corp.contoso.com\n"},
            (facts_pb2.TRISTATE_YES, "corp.contoso.com"),
        ),
        ({"samba/smb.conf": "[global]\nsecurity = ADS\nrealm = CORP.X\n"}, (facts_pb2.TRISTATE_YES, "corp.x")),
    ],
)
def test_a_linux_machines_domain_is_read_from_its_settings(tmp_path: Path, files, expected):
    for name, text in files.items():
        (tmp_path / "etc" / name).parent.mkdir(parents=True)
        (tmp_path / "etc" / name).write_text(text)

    assert membership(tmp_path) == expected


def test_the_place_of_a_url_can_be_put_in_later():
    assert parse_ldap("ldap:///cn=x??sub?(a=b)").at("dc1").text == "ldap://dc1/cn=x??sub?(a=b)"
    assert ber.octets(b"x") == b"\x04\x01x"
