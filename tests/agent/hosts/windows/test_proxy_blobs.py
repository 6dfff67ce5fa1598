"""Proxy settings in the binary form in which Windows keeps them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.network.proxy_blobs import LARGEST, LONGEST, MOST_BYPASSES, Connection, decode
from farmsight_wire.v1 import facts_pb2

WININET = facts_pb2.PROXY_SOURCE_WININET


def blob(flags, *texts, size=0x46, tail=bytes(32)):
    texts = [struct.pack("<I", len(text)) + text.encode("latin-1") for text in texts]
    return struct.pack("<III", size, 9, flags) + b"".join(texts) + tail


def setting(data):
    return decode(data).setting(WININET)


def test_a_manual_proxy_comes_with_its_bypass_list():
    found = setting(blob(3, "http=p1:3128;https=p2:3129", "*.contoso.com;sts.contoso.com;<local>", ""))

    assert (found.proxy, found.direct) == ("http=p1:3128;https=p2:3129", False)
    assert list(found.bypass) == ["*.contoso.com", "sts.contoso.com", "<local>"]
    assert not found.pac_url
    assert not found.auto_detect


def test_a_script_and_detection_are_told_beside_each_other():
    found = setting(blob(13, "", "", "http://wpad.contoso.com/proxy.pac"))

    assert (found.pac_url, found.auto_detect, found.direct) == ("http://wpad.contoso.com/proxy.pac", True, False)


def test_what_is_stored_and_switched_off_is_not_in_force():
    found = setting(blob(1, "p1:3128", "<local>", "http://wpad/proxy.pac"))

    assert found == facts_pb2.ProxySetting(proxy_source=WININET, direct=True, auto_detect=False)


def test_winhttp_settings_end_after_two_texts():
    assert decode(blob(3, "p1:3128", "<local>", size=0x18, tail=b"")) == Connection(
        flags=3, proxy="p1:3128", bypass="<local>"
    )


def test_passwords_do_not_become_a_fact():
    found = setting(
        blob(7, "http=http://svc:secret@p1:3128;https=svc:secret@p2:1", "", "http://svc:secret@wpad/proxy.pac")
    )

    assert "secret" not in str(found)
    assert (found.proxy, found.pac_url) == ("http=http://p1:3128;https=p2:1", "http://wpad/proxy.pac")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        bytes(LARGEST + 1),
        blob(3, tail=b""),
        blob(3, tail=struct.pack("<I", 100) + b"p1:3128"),
        blob(3, tail=b"\xff\xff\xff\xff"),
        blob(5, "", "", tail=b""),
    ],
)
def test_a_cut_off_value_is_not_direct(data):
    with pytest.raises(ValueError, match=r"bytes|cut off"):
        decode(data)


def test_a_cut_off_text_that_is_not_in_force_does_not_matter():
    assert setting(blob(3, "p1:3128", tail=b"\xff\xff\xff\xff")).proxy == "p1:3128"


@given(st.binary(max_size=300))
def test_any_bytes_are_settings_or_refused(data):
    check(data)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 2**32 - 1) | st.none(), st.binary(max_size=80)), max_size=5),
)
def test_any_lengths_are_taken_as_far_as_they_hold(flags, texts):
    parts = [struct.pack("<I", len(text) if length is None else length) + text for length, text in texts]
    check(struct.pack("<III", 0x46, 0, flags) + b"".join(parts))


def check(data):
    try:
        found = setting(data)
    except ValueError:
        return
    found.SerializeToString()
    assert len(found.proxy) <= LONGEST
    assert len(found.pac_url) <= LONGEST
    assert len(found.bypass) <= MOST_BYPASSES
    assert found.direct == (not (found.proxy or found.pac_url or found.auto_detect))
    assert all(one.isprintable() for one in (found.proxy, found.pac_url, *found.bypass))


def test_the_plain_values_say_the_same():
    plain = Connection.of_values(enabled=True, proxy="p1:3128", bypass="<local>", pac_url="")

    assert plain.setting(WININET) == setting(blob(3, "p1:3128", "<local>", ""))
    assert Connection.of_values(enabled=False, proxy="p1:3128", bypass="", pac_url="").setting(WININET).direct
