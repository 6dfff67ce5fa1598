"""Who may listen below a URL, by number and in no language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts import sddl


@pytest.mark.parametrize(
    ("service", "sid"),
    [
        ("adfssrv", "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"),
        ("drs", "S-1-5-80-1321940109-3370001082-3650459431-215109509-2472514016"),
        ("appproxysvc", "S-1-5-80-636943232-1596372972-3684846061-3750945486-4038901559"),
        ("appproxyctrl", "S-1-5-80-4255224530-1876464953-162367865-2220462199-3561828522"),
    ],
)
def test_the_services_of_ad_fs_are_known_by_number(service, sid):
    assert sddl.service_sid(service) == sid
    assert sddl.name_of(sid) == f"NT SERVICE\\{service}"


@pytest.mark.parametrize(
    ("rights", "listen", "delegate"),
    [
        ("GA", True, True), ("GX", True, False), ("GW", False, True), ("GR", False, False), ("GXGW", True, True),
        ("0x20000000", True, False), ("0x10000000", True, True), ("536870912", True, False), ("", False, False),
    ],
)  # fmt: skip
def test_rights_as_letters_and_as_numbers(rights, listen, delegate):
    [found] = sddl.trustees(f"D:P(A;;{rights};;;NS)")

    assert (found.sid, found.allow, found.listen, found.delegate) == ("S-1-5-20", True, listen, delegate)


def test_owner_group_and_audit_parts_are_no_entries():
    assert [a.sid for a in sddl.discretionary_entries("O:SYG:BAD:(A;;GX;;;WD)S:(AU;;GA;;;WD)")] == ["S-1-1-0"]


@pytest.mark.parametrize("text", ["", "D", "D:(A;;GX;;;)", "D:(A;;GX", "D:(A;;ZZ;;;WD)", "D:(Q;;GX;;;WD)", "D:()"])
def test_what_is_no_descriptor_is_refused(text):
    with pytest.raises(sddl.SddlError):
        sddl.trustees(text)


@given(st.one_of(st.text(max_size=80), st.text("DAGXW:();S-1509x", max_size=80)))
def test_no_text_makes_the_reader_raise_anything_else(text):
    try:
        for found in sddl.trustees(text):
            found.SerializeToString()
    except sddl.SddlError:
        pass
