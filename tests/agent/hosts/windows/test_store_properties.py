"""Properties' bytes become values, whatever they are."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.stores import store_properties
from tests.agent.hosts.windows.store_bytes import key_prov_info, oid, tlv

ADDRESS = 0x7FFE_0000_1000


def in_memory(provider, *, address=ADDRESS):
    """Return a CRYPT_KEY_PROV_INFO as CryptoAPI fills a buffer: pointers into it."""
    container, named = ("{KEY}\0".encode("utf-16-le"), f"{provider}\0".encode("utf-16-le"))
    head = struct.pack("<QQIIIxxxxQI4x", address + 48, address + 48 + len(container), 0, 0x20, 0, 0, 0)
    return head + container + named


def test_the_provider_is_named_from_memory():
    assert store_properties.provider_in_memory(in_memory("Microsoft Platform Crypto Provider"), ADDRESS) == (
        "Microsoft Platform Crypto Provider"
    )


def test_a_pointer_out_of_the_buffer_is_not_followed():
    raw = in_memory("x")

    assert store_properties.provider_in_memory(raw, ADDRESS + 4096) == ""
    assert store_properties.provider_in_memory(raw, ADDRESS - 4096) == ""
    assert store_properties.provider_in_memory(raw[:12], ADDRESS) == ""


def test_the_provider_is_named_from_the_registry():
    assert store_properties.provider_stored(key_prov_info(provider="Contoso HSM")) == "Contoso HSM"


@pytest.mark.parametrize("raw", [b"", b"\0" * 7, struct.pack("<7I", 28, 10_000, 0, 0, 0, 0, 0)])
def test_an_offset_out_of_the_property_names_nobody(raw):
    assert store_properties.provider_stored(raw) == ""


def test_usages_are_read_and_none_is_none():
    listed = tlv(0x30, oid("1.3.6.1.5.5.7.3.2"), oid("1.3.6.1.4.1.311.20.2.2"))

    assert store_properties.usages(listed) == ("1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2")
    assert store_properties.usages(b"\x30\x00") == ()


def test_a_name_ends_at_its_nul_and_is_cut():
    assert store_properties.text("eins\0zwei".encode("utf-16-le")) == "eins"
    assert len(store_properties.text(("x" * 5000).encode("utf-16-le"))) == store_properties.MOST_CHARACTERS


@given(st.binary(max_size=120), st.integers(0, 2**64 - 1))
def test_any_bytes_are_survived(raw, address):
    names = (
        store_properties.text(raw),
        store_properties.provider_stored(raw),
        store_properties.provider_in_memory(raw, address),
        *store_properties.usages(raw),
    )

    for name in names:
        name.encode()  # goes out as UTF-8
