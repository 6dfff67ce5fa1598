"""A Linux machine: its trust store, sockets, services, proxies, clock and name."""

import contextlib
import os
import pwd
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.config import Config
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.linux import clock, commands, files, identity, proxies, resolver, services, trust
from farmsight_agent.hosts.linux.host import LinuxHost
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, SHA1, certificate, pem, private_key_pem

LOCAL_CA, HASHED_CA = certificate("Local CA"), certificate("Hashed CA")


def write(root, name, data):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("bundle", "local"),
    [
        ("etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates/contoso/ca.crt"),
        ("etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "etc/pki/ca-trust/source/anchors/ca.pem"),
    ],
)
def test_who_put_an_authority_into_the_trust_store(tmp_path, bundle, local):
    """What is trusted and lies in the administrators' folder came from there; the rest from the package."""
    write(tmp_path, bundle, pem(CERTIFICATE) + pem(LOCAL_CA))
    write(tmp_path, local, pem(LOCAL_CA))
    write(tmp_path, "etc/ssl/certs/0a1b2c3d.0", pem(HASHED_CA))
    seen = trust.certificates(tmp_path)
    origins = {one.der: one.message.origin for one in seen.values}

    assert origins == {
        CERTIFICATE: facts_pb2.STORE_ORIGIN_PACKAGE,
        LOCAL_CA: facts_pb2.STORE_ORIGIN_LOCAL_FILE,
        HASHED_CA: facts_pb2.STORE_ORIGIN_PACKAGE,
    }
    assert seen.lines[1] == f"file:{tmp_path / local}"


def test_an_authority_that_was_put_there_but_never_taken_up_is_not_trusted(tmp_path):
    write(tmp_path, "etc/ssl/certs/ca-certificates.crt", pem(CERTIFICATE))
    write(tmp_path, "usr/local/share/ca-certificates/ca.crt", pem(LOCAL_CA))

    assert [one.message.certificate.sha1 for one in trust.certificates(tmp_path).values] == [SHA1]


def test_no_trust_store_and_a_broken_one_are_unknown(tmp_path):
    with pytest.raises(UnavailableError, match="no-trust-store"):
        trust.certificates(tmp_path)
    write(tmp_path, "etc/ssl/cert.pem", "-----BEGIN CERTIFICATE-----\n")
    with pytest.raises(FailedError):
        trust.certificates(tmp_path)


def test_a_private_key_in_the_trust_store_is_refused(tmp_path):
    write(tmp_path, "etc/ssl/cert.pem", pem(CERTIFICATE) + private_key_pem())
    with pytest.raises(UnavailableError, match="private-key-in-file"):
        trust.certificates(tmp_path)


def test_a_file_that_may_not_be_read_is_denied(guarded):
    write(guarded, "x", "x").chmod(0)
    with pytest.raises(DeniedError):
        files.read(guarded / "x")


def test_a_socket_that_listens_is_seen_with_its_owner():
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = LinuxHost(Config()).listeners()
        mine = next(one for one in seen.values if one.port == server.getsockname()[1])

    assert (mine.address, mine.process_id) == ("127.0.0.1", os.getpid())
    assert mine.account == pwd.getpwuid(os.geteuid()).pw_name


UNITS = """Id=nginx.service
Description=A high performance web server
LoadState=loaded
ActiveState=active
UnitFileState=enabled
MainPID=612
User=

Id=haproxy.service
LoadState=not-found
ActiveState=inactive
MainPID=0

Id=chrony.service
LoadState=loaded
ActiveState=failed
UnitFileState=masked
MainPID=0
User=root

Id=chrony.service
LoadState=loaded
ActiveState=failed
UnitFileState=masked
"""


def test_units_of_systemd():
    """A unit that does not exist is none; an alias counts once."""
    first, second = services.parse_units(UNITS)

    assert (first.name, first.state, first.start, first.process_id) == ("nginx", 1, 1, 612)
    assert (first.account_name, first.account_sid) == ("root", "uid:0")
    assert (second.name, second.state, second.start) == ("chrony", 5, 3)


def test_without_systemd_the_processes_are_looked_at(tmp_path):
    assert services.services(tmp_path).source == "psutil"


def test_a_program_that_is_missing_hangs_or_fails_is_told_apart(monkeypatch):
    with pytest.raises(UnavailableError, match="program-missing"):
        commands.run("no-such-program-of-ours")
    with pytest.raises(FailedError, match="exit 1"):
        commands.run("false")
    monkeypatch.setattr(commands, "TIMEOUT_S", 0.05)
    with pytest.raises(TimedOutError):
        commands.run("sleep", "5")


CHRONY = "C0A80001,192.168.0.1,3,1764000000.1,0.002500000,0.0001,0.0003,-12.3,0.001,0.05,0.02,0.001,64.4,Normal\n"


def test_chrony_tells_by_how_much_the_clock_is_slow():
    found = clock.chrony(CHRONY)

    assert (found.reference, found.synchronised) == ("ntp:192.168.0.1", facts_pb2.TRISTATE_YES)
    assert found.offset.ToNanoseconds() == -2_500_000


def test_chrony_without_a_source_is_not_synchronised():
    found = clock.chrony(CHRONY.replace(",3,", ",0,").replace("Normal", "Not synchronised"))

    assert found.synchronised == facts_pb2.TRISTATE_NO


TIMESYNCD = "       Server: 185.125.190.58 (ntp.ubuntu.com)\nPoll interval: 34min 8s\n       Offset: {}\n"


@pytest.mark.parametrize(
    ("shown", "nanoseconds"), [("+1.5ms", -1_500_000), ("-250us", 250_000), ("+1min 2.5s", -62_500_000_000)]
)
def test_timesyncd_tells_how_far_the_server_is_ahead(shown, nanoseconds):
    found = clock.timesyncd(TIMESYNCD.format(shown))

    assert (found.reference, found.offset.ToNanoseconds()) == ("ntp:185.125.190.58", nanoseconds)


@given(st.text(max_size=100))
def test_no_text_makes_the_clock_s_readers_fail_in_any_other_way(text):
    for read in (clock.chrony, clock.timesyncd):
        with contextlib.suppress(NotObservedError):
            read(text)


def test_an_account_s_proxy_comes_from_the_system_s_file(tmp_path):
    write(
        tmp_path, "etc/environment", 'PATH="/bin"\nexport HTTP_PROXY="http://bob:secret@proxy:3128"\nno_proxy=a, .b\n'
    )
    other = Account(context=facts_pb2.CONTEXT_NETWORK_SERVICE, name="nobody", uid=os.geteuid() + 1)
    [found] = proxies.settings(other, tmp_path).values

    assert (found.proxy, list(found.bypass), found.direct) == ("http://proxy:3128", ["a", ".b"], False)


def test_a_proxy_s_password_never_leaves_the_server():
    assert proxies.without_password("http://u:p@q@proxy:1/") == "http://proxy:1/"
    assert proxies.without_password("proxy:1") == "proxy:1"


def test_without_any_setting_the_way_is_direct():
    assert proxies.setting({}).direct


def test_a_name_in_the_hosts_file_is_said_to_come_from_there(tmp_path):
    write(tmp_path, "etc/hosts", "127.0.0.1 localhost\n::1 localhost  # both\nnot-an-address sts\n")
    [found] = resolver.resolutions(["localhost"], tmp_path)

    assert (found.outcome, found.from_hosts_file) == (facts_pb2.RESOLUTION_OUTCOME_RESOLVED, True)


def test_a_name_that_cannot_be_one_fails():
    [found] = resolver.resolutions(["a" * 70 + ".x"])

    assert found.outcome in {facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME, facts_pb2.RESOLUTION_OUTCOME_FAILED}


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("etc/sssd/sssd.conf", "[sssd]\ndomains = contoso.com\n", (facts_pb2.TRISTATE_YES, "contoso.com")),
        ("etc/samba/smb.conf", "security = ADS\nrealm = CONTOSO.COM\n", (facts_pb2.TRISTATE_YES, "contoso.com")),
        ("etc/samba/smb.conf", "workgroup = LAB\n", (facts_pb2.TRISTATE_NO, "LAB")),
    ],
)
def test_membership_of_a_domain(tmp_path, name, body, expected):
    write(tmp_path, name, body)
    assert identity.membership(tmp_path) == expected


def test_who_the_machine_is():
    [found] = LinuxHost(Config(server_name="proxy01.contoso.com")).identity([]).values

    assert found.computer_name == "PROXY01"
    assert found.os_version == os.uname().release
    assert found.booted_at.seconds % 60 == 0


def test_contexts_are_accounts_and_a_missing_one_has_no_number():
    host = LinuxHost(Config(contexts={"system": "root", "network-service": "no-such-account-here"}))
    missing, root = sorted(host.accounts(), key=lambda one: one.name)

    assert (root.context, root.uid, root.sid) == (facts_pb2.CONTEXT_SYSTEM, 0, "uid:0")
    assert (missing.uid, missing.sid) == (None, "")
    [own] = LinuxHost(Config()).accounts()
    assert (own.context, own.uid) == (facts_pb2.CONTEXT_CALLER, os.geteuid())


def test_what_only_windows_has_does_not_apply():
    host = LinuxHost(Config())
    for question in (host.url_reservations, host.schannel_settings, host.port_exclusions, host.event_publishers):
        with pytest.raises(NotApplicableError, match="not-windows"):
            question()
    with pytest.raises(NotApplicableError):
        host.store_certificates("MY")
