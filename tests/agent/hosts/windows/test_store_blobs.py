"""A stored element comes out of its blob with what is kept beside it; a blob without one says so."""

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.stores import store_blobs, store_properties
from farmsight_agent.hosts.windows.stores.store_elements import LARGEST, Kind
from tests.agent.hosts.windows.store_bytes import blob, key_prov_info
from tests.fakes.pki import ROOT

NAME = "AB" * 20


def test_a_certificate_with_its_properties():
    data = blob(
        (3, bytes(20)),
        (11, "Contoso Wurzel ä\0".encode("utf-16-le")),
        (2, key_prov_info()),
        (9, b"\x30\x00"),
        (19, b""),
        (32, ROOT.der),
    )

    found = store_blobs.read(Kind.CERTIFICATE, NAME, data)

    assert found.data == ROOT.der
    assert found.sha1 == ROOT.sha1
    assert store_properties.text(found.properties[11]) == "Contoso Wurzel ä"
    assert found.provider == "Microsoft Software Key Storage Provider"
    assert set(found.properties) == {2, 9, 11, 19}


def test_a_blob_without_properties_has_none():
    found = store_blobs.read(Kind.CERTIFICATE, NAME, blob((32, ROOT.der)))

    assert (dict(found.properties), found.provider, found.trouble) == ({}, "", "")


def test_each_kind_has_its_own_record():
    data = blob((33, b"crl"), (34, b"ctl"))

    assert store_blobs.read(Kind.CRL, NAME, data).data == b"crl"
    assert store_blobs.read(Kind.CTL, NAME, data).data == b"ctl"
    assert store_blobs.read(Kind.CERTIFICATE, NAME, data).data is None


def test_a_blob_without_an_element_keeps_its_keys_name_and_says_so():
    found = store_blobs.read(Kind.CERTIFICATE, NAME, blob((3, bytes(20))))

    assert found.sha1 == NAME.lower()
    assert found.trouble == "its 32 bytes hold no certificate"


@pytest.mark.parametrize(
    "name", ["", "no thumbprint", f"{NAME} ", "-".join([NAME[:20], NAME[20:]]), "x" * 255, "\u202e"]
)
def test_a_keys_name_that_is_no_thumbprint_passes_for_none(name):
    """Told as one, `ABAB-...` would come to the thumbprint of a certificate that stands beside it."""
    found = store_blobs.read(Kind.CERTIFICATE, name, b"")

    assert found.sha1 == ""
    assert found.trouble.startswith("key ")
    assert found.trouble.isascii()
    assert len(found.trouble) < 400


def test_a_length_beyond_the_end_ends_the_reading():
    data = blob((11, b"x\0")) + struct.pack("<III", 32, 1, 0xFFFFFFFF) + ROOT.der

    assert store_blobs.read(Kind.CERTIFICATE, NAME, data).data is None


def test_a_certificate_of_over_a_megabyte_is_named_and_not_kept():
    large = b"\x30" * (LARGEST[Kind.CERTIFICATE] + 1)

    found = store_blobs.read(Kind.CERTIFICATE, NAME, blob((32, large)))

    assert found.data is None
    assert found.sha1 == hashlib.sha1(large).hexdigest()
    assert found.trouble == f"{len(large)} bytes, the limit is {LARGEST[Kind.CERTIFICATE]}"


def test_a_certificate_of_a_megabyte_is_kept():
    large = b"\x30" * LARGEST[Kind.CERTIFICATE]

    assert store_blobs.read(Kind.CERTIFICATE, NAME, blob((32, large))).data == large


@given(st.binary(max_size=300), st.sampled_from(Kind))
def test_any_bytes_are_survived(data, kind):
    found = store_blobs.read(kind, NAME, data)

    assert (found.data is None) == bool(found.trouble)


@given(st.lists(st.tuples(st.sampled_from([2, 3, 9, 11, 19, 32, 33]), st.binary(max_size=60)), max_size=6))
def test_the_first_certificate_of_any_records_is_taken(records):
    wanted = next((data for number, data in records if number == 32), None)

    assert store_blobs.read(Kind.CERTIFICATE, NAME, blob(*records)).data == wanted
