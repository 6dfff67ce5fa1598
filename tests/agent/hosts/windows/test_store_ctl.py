"""A certificate trust list says what it is for, since when, and of how many; broken ones say what is wrong."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.stores import store_ctl
from tests.agent.hosts.windows.store_bytes import ctl


def test_a_list_is_summed_up():
    found = store_ctl.summary(ctl(usages=("1.3.6.1.4.1.311.10.3.30", "1.3.6.1.5.5.7.3.2"), entries=300))

    assert found.identifier == "DisallowedCert_AutoUpdate_1"
    assert list(found.usages) == ["1.3.6.1.4.1.311.10.3.30", "1.3.6.1.5.5.7.3.2"]
    assert found.this_update.ToDatetime(dt.UTC) == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert found.next_update.ToDatetime(dt.UTC) == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert found.entries == 300
    assert found.parse_error == ""


def test_what_is_optional_may_be_missing():
    found = store_ctl.summary(ctl(identifier=None, number=None, next_update=None, entries=None))

    assert (found.identifier, found.entries, found.parse_error) == ("", 0, "")
    assert not found.HasField("next_update")
    assert found.HasField("this_update")


def test_a_version_that_is_written_out_is_passed_over():
    assert store_ctl.summary(ctl(version=b"\x00")) == store_ctl.summary(ctl())


@pytest.mark.parametrize("identifier", [b"\x01\x02\x03", b"\x00\xd8", b"a\0\n\0"])
def test_an_identifier_that_is_no_text_is_shown_as_hex(identifier):
    assert store_ctl.summary(ctl(identifier=identifier)).identifier == identifier.hex()


def test_another_signed_message_is_no_trust_list():
    found = store_ctl.summary(ctl(content="1.2.840.113549.1.7.1"))

    assert "is not 1.3.6.1.4.1.311.10.1" in found.parse_error
    assert not found.HasField("this_update")


def test_what_was_read_before_the_trouble_stands():
    found = store_ctl.summary(ctl(this_update="26010100"))

    assert found.identifier == "DisallowedCert_AutoUpdate_1"
    assert found.parse_error.startswith("not a time")


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data):
    assert store_ctl.summary(data).parse_error


@given(st.data())
def test_any_damage_is_survived(data):
    whole = bytearray(ctl(entries=3))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    store_ctl.summary(bytes(whole[: data.draw(st.integers(0, len(whole)))])).SerializeToString()
