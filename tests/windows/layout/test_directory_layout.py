"""The structures of winldap.h and windns.h against the compiler for Windows."""

import ctypes
import shutil
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.api.directory_layout import DNS_SRV_DATAW, LDAP_BERVAL, LDAP_TIMEVAL, DnsRecordHead
from tests.windows.bed.places import COMPILER
from tests.windows.layout.assertions import proof, refused

HEADERS = ("winldap.h", "windns.h")

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"the Windows tier: no {COMPILER}")


def test_every_member_lies_where_the_compiler_puts_it(tmp_path: Path) -> None:
    assert refused(proof([LDAP_TIMEVAL, LDAP_BERVAL, DNS_SRV_DATAW], HEADERS), tmp_path) == []


def test_the_head_of_a_dns_record_lies_as_the_compiler_puts_it(tmp_path: Path) -> None:
    """The record itself is as long as the longest member of its union."""
    places = [
        f'_Static_assert(offsetof(DNS_RECORDW, {name}) == {getattr(DnsRecordHead, name).offset}, "{name}");'
        for name, *_ in DnsRecordHead._fields_
    ]

    assert refused("\n".join((proof([], HEADERS), *places, "")), tmp_path) == []


def test_a_member_out_of_place_is_seen(tmp_path: Path) -> None:
    class LDAP_BERVAL(ctypes.Structure):  # noqa: N801 - Microsoft's name
        _fields_ = (("bv_len", ctypes.c_uint64), ("bv_val", ctypes.c_void_p))

    assert refused(proof([LDAP_BERVAL], HEADERS), tmp_path)
