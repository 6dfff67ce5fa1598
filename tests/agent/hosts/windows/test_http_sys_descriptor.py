"""Security descriptors of URL reservations as the registry keeps them."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts import sddl
from farmsight_agent.hosts.windows.http.http_sys_descriptor import to_sddl
from farmsight_agent.outcome import FailedError

# Of http://localhost:80/ITP/ on a real machine, for everyone.
EVERYONE = "010004800000000000000000000000001400000002001c00010000000000140000000020010100000000000100000000"


def sid(text):
    authority, *parts = (int(one) for one in text.split("-")[2:])
    return bytes([1, len(parts)]) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def entry(kind, mask, who, flags=0):
    body = struct.pack("<I", mask) + sid(who)
    return struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def descriptor(*entries, control=0x8004, at=20):
    held = b"".join(entries)
    header = struct.pack("<BBHIIII", 1, 0, control, 0, 0, 0, at)
    return header + struct.pack("<BBHHH", 2, 0, 8 + len(held), len(entries), 0) + held


def test_the_descriptor_of_a_real_machine():
    assert to_sddl(bytes.fromhex(EVERYONE)) == "D:(A;;GX;;;WD)"


def test_entries_in_their_order_with_what_they_say():
    data = descriptor(
        entry(0, 0x20000000, "S-1-5-20"),
        entry(1, 0x10000000, "S-1-5-21-1-2-3-500", flags=0x10),
        entry(0, 0x60000000, "S-1-5-32-568"),
        entry(0, 0x001F0001, sddl.service_sid("adfssrv")),
    )

    assert to_sddl(data) == (
        f"D:(A;;GX;;;NS)(D;ID;GA;;;S-1-5-21-1-2-3-500)(A;;GXGW;;;IS)(A;;0x1f0001;;;{sddl.service_sid('adfssrv')})"
    )
    assert [one.listen for one in sddl.trustees(to_sddl(data))] == [True, True, True, False]


def test_a_list_without_entries_lets_nobody_in():
    assert to_sddl(descriptor()) == "D:"
    assert sddl.trustees(to_sddl(descriptor())) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(20),
        descriptor(control=0x4),  # absolute: its offsets would be pointers
        descriptor(control=0x8000),  # no list: everybody
        descriptor(at=0),
        descriptor(at=4000),
        descriptor(entry(5, 0x20000000, "S-1-5-20")),  # an entry for one kind of object
        descriptor(entry(0, 0x20000000, "S-1-5-20"))[:-1],
        descriptor(b"\0\0\0\0" + bytes(8)),
        bytes.fromhex(EVERYONE).replace(b"\x01\x01\0\0\0\0\0\x01", b"\x01\x10\0\0\0\0\0\x01"),
        bytes(70_000),
    ],
)
def test_what_is_no_such_descriptor_is_refused(data):
    with pytest.raises(FailedError):
        to_sddl(data)


SIDS = st.builds(
    lambda authority, parts: "-".join(["S-1", str(authority), *map(str, parts)]),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=15),
)


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(0, 2**32 - 1), SIDS), max_size=8))
def test_what_is_written_is_what_is_read(entries):
    found = sddl.discretionary_entries(to_sddl(descriptor(*(entry(*one) for one in entries))))

    assert [(one.allow, one.mask, one.sid) for one in found] == [(kind == 0, mask, who) for kind, mask, who in entries]


@given(st.binary(max_size=120) | st.binary(max_size=100).map(lambda tail: bytes.fromhex(EVERYONE)[:20] + tail))
def test_no_bytes_make_it_raise_anything_else(data):
    with contextlib.suppress(FailedError):
        sddl.trustees(to_sddl(data))
