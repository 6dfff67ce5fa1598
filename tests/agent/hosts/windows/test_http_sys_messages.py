"""Answers of http.sys as messages of the wire contract."""

import uuid

import pytest

from farmsight_agent.hosts.windows.http.http_sys_messages import binding, reservation
from farmsight_agent.hosts.windows.http.httpapi_records import Address, Binding, Parameters, UrlAcl
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

API = facts_pb2.AGENT_DATA_SOURCE_API
PARAMETERS = Parameters(
    hash=bytes(20), application=uuid.UUID(int=1), store="", check_mode=0x80000001, freshness_s=1, url_timeout_ms=2,
    ctl_identifier="", ctl_store="AdfsTrustedDevices", flags=0x80000002,
)  # fmt: skip


def test_a_sid_that_the_descriptor_names_is_looked_up_and_may_have_no_name():
    names = {"S-1-5-21-1-2-3-500": "CONTOSO\\Administrator"}
    held = UrlAcl(url="https://+:443/", sddl="D:(A;;GX;;;S-1-5-21-1-2-3-500)(A;;GX;;;S-1-5-21-1-2-3-9)(A;;GX;;;NS)")

    found = reservation(held, lambda sid: names.get(sid, ""), API)

    assert [one.name for one in found.trustees] == ["CONTOSO\\Administrator", "", "NT AUTHORITY\\NETWORK SERVICE"]
    assert (found.url, found.sddl, found.data_source) == (held.url, held.sddl, API)


def test_an_alias_without_a_fixed_number_is_not_looked_up():
    def name_of(sid):
        raise AssertionError(sid)

    [one] = reservation(UrlAcl(url="https://+:443/", sddl="D:(A;;GX;;;DA)"), name_of, API).trustees

    assert (one.sid, one.name) == ("DA", "")


def test_a_descriptor_that_can_not_be_read_is_no_reservation_for_nobody():
    with pytest.raises(FailedError, match=r"https://\+:443/adfs/"):
        reservation(UrlAcl(url="https://+:443/adfs/", sddl="D:(A;;"), lambda sid: "", API)


def test_a_reservation_without_a_url_is_none():
    with pytest.raises(FailedError, match="without a URL"):
        reservation(UrlAcl(url="", sddl="D:(A;;GX;;;NS)"), lambda sid: "", API)


@pytest.mark.parametrize(
    ("kind", "address", "host", "expected"),
    [
        (facts_pb2.BINDING_KIND_IP, "0.0.0.0", "", "0.0.0.0"),
        (facts_pb2.BINDING_KIND_SNI, "0.0.0.0", "sts.contoso.com", "sts.contoso.com"),
        (facts_pb2.BINDING_KIND_CCS, "0.0.0.0", "", "*"),
        (facts_pb2.BINDING_KIND_CCS, "::", "", "*"),
        (facts_pb2.BINDING_KIND_CCS, "10.0.0.5", "", "10.0.0.5"),
        (facts_pb2.BINDING_KIND_SCOPED, "0.0.0.0", "*", "*"),
    ],
)
def test_what_a_binding_is_bound_to(kind, address, host, expected):
    held = Binding(address=Address(text=address, port=443), host=host, parameters=PARAMETERS)

    found = binding(held, kind, 20348)

    assert (found.host, found.port, found.binding_kind) == (expected, 443, kind)
    assert (found.raw_flags, found.raw_check_mode) == (0x80000002, 0x80000001)  # bits of no field are not lost
    assert (found.negotiate_client_certificate, found.verify_client_revocation) == (True, False)
