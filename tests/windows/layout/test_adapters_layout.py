"""The structures of iptypes.h and the version's against the compiler for Windows."""

import ctypes
import shutil
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.api import adapters_layout as layout
from tests.windows.bed.places import COMPILER
from tests.windows.layout.assertions import proof, refused

HEADERS = ("winsock2.h", "iphlpapi.h")
STRUCTURES = (
    layout.SOCKET_ADDRESS, layout.IP_ADAPTER_UNICAST_ADDRESS_LH, layout.IP_ADAPTER_ADDRESSES_LH, layout.OSVERSIONINFOW,
)  # fmt: skip

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"the Windows tier: no {COMPILER}")


def fronts(*structures: type[ctypes.Structure]) -> str:
    """Return the assertions without the sizes of the two structures of which only the front is declared."""
    lines = proof(structures, HEADERS).replace("#include <windows.h>", "#include <winsock2.h>\n#include <windows.h>")
    return "\n".join(line for line in lines.splitlines() if "(sizeof(IP_ADAPTER_" not in line)


def test_every_member_lies_where_the_compiler_puts_it(tmp_path: Path) -> None:
    assert refused(fronts(*STRUCTURES), tmp_path) == []


def test_a_server_s_dns_address_begins_as_an_address_does(tmp_path: Path) -> None:
    as_dns = fronts(layout.IP_ADAPTER_UNICAST_ADDRESS_LH).replace("UNICAST_ADDRESS_LH", "DNS_SERVER_ADDRESS_XP")

    assert refused(as_dns.replace("Flags", "Reserved"), tmp_path) == []


def test_a_member_in_another_place_is_refused(tmp_path: Path) -> None:
    class SOCKET_ADDRESS(ctypes.Structure):  # noqa: N801 - the header's name
        _fields_ = (("iSockaddrLength", ctypes.c_int32), ("lpSockaddr", ctypes.c_void_p))

    assert refused(fronts(SOCKET_ADDRESS), tmp_path)
