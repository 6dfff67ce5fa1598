"""Event records as the log service renders them: the record's own values, by names that no language changes."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.system import event_xml

VECTORS = Path(__file__).parents[3] / "vectors" / "events"
SYSTEM = "<System><Provider Name='P'/><EventID>1</EventID><EventRecordID>7</EventRecordID><Channel>C</Channel></System>"


def record(name):
    return event_xml.record((VECTORS / f"{name}.xml").read_text(encoding="utf-8"))


def with_data(data, system=SYSTEM):
    return event_xml.record(f"<Event xmlns='http://x'>{system}<EventData>{data}</EventData></Event>")


def test_ad_fs_numbers_its_values_and_an_empty_one_is_none():
    seen = record("adfs-317")

    assert (seen.log, seen.provider, seen.event_id, seen.record, seen.level) == ("AD FS/Admin", "AD FS", 317, 48214, 2)
    assert seen.at.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 23, 9, 58, 13, 100000, tzinfo=UTC)
    assert seen.data["0"] == "urn:federation:MicrosoftOnline"
    assert seen.data["2"].startswith("The revocation function")
    assert set(seen.data) == {"0", "1", "2"}


def test_entities_of_xml_itself_are_read():
    assert "---> System.IdentityModel" in record("adfs-364").data["2"]


def test_capi2_tells_by_elements_and_attributes_each_once():
    seen = record("capi2-11").data

    assert seen["Result.value"] == "800B0109"
    assert seen["Result"].endswith("nicht als vertrauenswürdig gilt.")
    assert seen["ErrorStatus.CERT_TRUST_IS_UNTRUSTED_ROOT"] == "true"
    assert [seen[f"Certificate.subjectName{again}"] for again in ("", "#2", "#3", "#4")] == [
        "jane@contoso.com", "Contoso Issuing CA 1", "jane@contoso.com", "Contoso Issuing CA 1",
    ]  # fmt: skip


def test_revocation_names_the_error_by_number():
    assert record("capi2-41").data["RevocationStatus.error"] == "80092013"


def test_schannel_names_its_values():
    assert dict(record("schannel-36870").data) == {"Type": "server", "ErrorCode": "0x8009030d", "ErrorStatus": "10001"}


def test_a_classic_source_has_qualifiers_and_binary_data():
    seen = record("service-7034")

    assert (seen.event_id, seen.provider) == (7034, "Service Control Manager")
    assert seen.data["param1"] == "Active Directory Federation Services"
    assert seen.data["Binary"].startswith("6100")


def test_nine_digits_of_a_second_are_cut_to_what_a_clock_has():
    assert record("adfs-364").at.ToDatetime().microsecond == 222854


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-45T99:00:00Z", "2026-11-23", "0000-00-00T00:00:00Z"])
def test_a_time_that_is_none_is_left_out(time):
    system = SYSTEM.replace("<Channel>", f"<TimeCreated SystemTime='{time}'/><Channel>")

    assert not with_data("", system).HasField("at")


def test_a_document_type_is_refused_and_with_it_every_entity():
    bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]>"

    with pytest.raises(event_xml.EventError, match="document type"):
        event_xml.record(f"{bomb}<Event>{SYSTEM}<EventData><Data>&c;</Data></EventData></Event>")


@pytest.mark.parametrize(
    "wrong", ["\x00", "\x1f", "\ud800", "\ufffe", "&#0;", "&#x1F;", "&#xD800;", "&#x110000;", "&#99999999;"]
)
def test_what_xml_has_no_place_for_does_not_lose_the_record(wrong):
    assert with_data(f"<Data Name='n'>a{wrong}b</Data>").data["n"] == "a\N{REPLACEMENT CHARACTER}b"


def test_a_reference_that_is_allowed_is_what_it_says():
    assert with_data("<Data Name='n'>a&#xD;&#10;&#x1F600;b</Data>").data["n"] == "a\r\n\N{GRINNING FACE}b"


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "nothing",
        "<Event>",
        "<Event/>",
        "<Event><System/></Event>",
        "<Event><System><EventID>x</EventID></System></Event>",
        *(f"<Event>{SYSTEM.replace('>7<', f'>{number}<')}</Event>" for number in (-1, "9" * 20, 1 << 63)),
    ],
)
def test_what_is_no_record_is_refused(xml):
    with pytest.raises(event_xml.EventError):
        event_xml.record(xml)


def test_depth_number_and_size_are_bounded():
    for data in ("<a>" * 60 + "</a>" * 60, "<a/>" * 6000, "x" * 1_000_001):
        with pytest.raises(event_xml.EventError):
            with_data(data)


def test_many_and_long_values_are_cut():
    seen = with_data("".join(f"<Data Name='{'n' * 300}{n}'>{'v' * 3000}</Data>" for n in range(200))).data

    assert len(seen) == event_xml.MAX_VALUES
    assert {len(value) for value in seen.values()} == {event_xml.MAX_VALUE}
    assert max(map(len, seen)) <= event_xml.MAX_NAME + len("#100")


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text):
    for xml in (text, f"<Event>{SYSTEM}<EventData>{text}</EventData></Event>"):
        with contextlib.suppress(event_xml.EventError):
            event_xml.record(xml)
