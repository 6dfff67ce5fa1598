"""URL reservations as administrators hand them in: in any language, wrapped, flattened, twice, cut off."""

import itertools

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import urlacl
from farmsight_agent.outcome import FailedError
from tests.fakes import netsh

WHOLE = netsh.urlacl(netsh.ENGLISH)


def text(body):
    return Text(name="WAP01_49443.txt", text=body)


def values(body):
    return urlacl.parse(text(body)).values


def reserved(body):
    return [(one.url, one.sddl) for one in values(body)]


def refused(body):
    with pytest.raises(FailedError) as caught:
        urlacl.parse(text(body))
    return caught.value.reason, caught.value.source


EXPECTED = values(WHOLE)


@pytest.mark.parametrize("language", netsh.TRANSLATED, ids=lambda one: one.code)
@pytest.mark.parametrize("columns", [0, 120, 80, 60, 40])
def test_a_listing_in_another_language_gives_the_same_reservations(language, columns):
    body = netsh.urlacl(language)

    assert values(netsh.wrapped(body, columns) if columns else body) == EXPECTED


@pytest.mark.parametrize("columns", range(14, 110))
def test_a_descriptor_or_url_wrapped_anywhere_is_put_together(columns):
    assert reserved(netsh.wrapped(WHOLE, columns)) == [(one.url, one.sddl) for one in EXPECTED]


@pytest.mark.parametrize("columns", [0, 120, 100, 80, 60])
def test_a_copy_without_indentation_says_the_same(columns):
    flat = netsh.flat(netsh.wrapped(WHOLE, columns) if columns else WHOLE)

    assert reserved(flat) == [(one.url, one.sddl) for one in EXPECTED]
    assert reserved(flat.replace("\r\n\r\n", "\r\n")) == [(one.url, one.sddl) for one in EXPECTED]


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body.replace("\r\n", "\r\r\n"),
        lambda body: body.replace("\r\n", "\r"),
        lambda body: "".join(map(str.__add__, body.split("\r\n"), itertools.cycle(("\r\n", "\n", "\r")))),
        lambda body: body.replace("\r\n", "   \r\n"),
        lambda body: body.replace(":  ", "\u00a0: ").replace(": ", "\u00a0: "),
        lambda body: body.replace(": ", "\uff1a"),
        lambda body: "\ufeff" + body,
        lambda body: "C:\\>netsh http show urlacl\r\n" + body + "C:\\>",
        lambda body: "PS C:\\Users\\admin> netsh http sh url\r\n" + body + "PS C:\\Users\\admin> exit\r\n",
        lambda body: "netsh http>show urlacl\r\n" + body + "netsh http>",
    ],
    ids=[
        "line-ends-written-twice", "old-mac", "mixed-line-ends", "trailing-blanks", "nbsp", "wide-colons", "mark",
        "command-prompt", "powershell", "netsh-prompt",
    ],
)  # fmt: skip
def test_what_consoles_and_editors_add_changes_nothing(damage):
    assert reserved(damage(WHOLE)) == [(one.url, one.sddl) for one in EXPECTED]


def test_names_come_from_numbers_first_and_from_the_listing_else():
    body = netsh.urlacl(
        netsh.GERMAN,
        [
            ("http://+:80/a/", (("\\Jeder", "GX", "WD"),)),
            ("http://+:80/b/", (("CONTOSO\\svc-adfs", "GXGW", "S-1-5-21-1-2-3-1104"), ("CONTOSO\\gone", "GX", "AU"))),
        ],
    )
    everyone, service = values(body)

    assert [one.name for one in everyone.trustees] == ["Everyone"]
    assert [one.name for one in service.trustees] == ["CONTOSO\\svc-adfs", "NT AUTHORITY\\Authenticated Users"]
    assert [(one.listen, one.delegate) for one in service.trustees] == [(True, True), (True, False)]


@pytest.mark.parametrize(
    ("alias", "sid"),
    [
        ("WD", "S-1-1-0"), ("NS", "S-1-5-20"), ("LS", "S-1-5-19"), ("SY", "S-1-5-18"), ("BA", "S-1-5-32-544"),
        ("BU", "S-1-5-32-545"), ("AU", "S-1-5-11"), ("DU", "DU"),
    ],
)  # fmt: skip
def test_aliases_of_accounts_are_numbers_where_they_have_one(alias, sid):
    [found] = values(netsh.urlacl(netsh.ENGLISH, [("http://+:80/x/", (("X\\y", "GX", alias),))]))

    assert found.trustees[0].sid == sid


def test_a_refusal_is_no_permission():
    [found] = values("Reserved URL : http://+:80/x/\n    SDDL: D:(D;;GX;;;WD)(A;;GA;;;NS)\n")

    assert [(one.allow, one.sid) for one in found.trustees] == [(False, "S-1-1-0"), (True, "S-1-5-20")]


def test_blanks_that_a_document_put_into_a_url_or_a_number_are_taken_out():
    body = "    Reserved URL : https:// www.contoso.com :443/ReportServer/\n    SDDL: D:(A;;GX;;;S-1-5-80-12- 34)\n"

    assert reserved(body) == [("https://www.contoso.com:443/ReportServer/", "D:(A;;GX;;;S-1-5-80-12-34)")]


def test_a_url_that_cannot_be_told_is_not_made_up():
    body = "    Reserved URL : https://+:443/adfs/ or what\n    SDDL: D:(A;;GX;;;WD)\n"

    assert refused(body) == ("not-understood", "evidence:WAP01_49443.txt:1")


def test_of_two_listings_in_one_file_the_later_stands():
    later = netsh.urlacl(netsh.ENGLISH, netsh.RESERVATIONS[:2])

    assert len(values(WHOLE + later)) == 2
    assert len(values(later + WHOLE)) == 5
    assert refused(WHOLE + later[:-40])[0] == "truncated"


def test_of_two_listings_without_headings_the_later_stands():
    """The first URL again is where the second begins."""
    one, two = (
        netsh.urlacl(netsh.ENGLISH, held).split("-\r\n", 1)[1] for held in (netsh.RESERVATIONS, netsh.RESERVATIONS[:2])
    )

    assert [found.url for found in values(one + two)] == [url for url, _entries in netsh.RESERVATIONS[:2]]


def test_a_listing_of_one_url_is_not_taken_for_all():
    one = netsh.urlacl(netsh.ENGLISH, netsh.RESERVATIONS[:1])

    assert refused("C:\\>netsh http show urlacl url=http://*:5357/\r\n" + one)[0] == "partial-listing"
    assert len(values("C:\\>netsh http show urlacl > C:\\temp\\49443.txt\r\n" + one)) == 1


def test_a_heading_alone_is_an_answer_and_a_message_below_it_is_none():
    assert values("\r\nURL Reservations:\r\n-----------------\r\n\r\n") == ()
    assert refused("\r\nURL Reservations:\r\n-----------------\r\n\r\nZugriff verweigert\r\n")[0] == "not-understood"
    assert refused("\r\nURL Reservations:\r\n----------")[0] == "truncated"


@pytest.mark.parametrize("shape", [str, netsh.flat, netsh.wrapped], ids=["as-printed", "flat", "wrapped"])
def test_a_listing_cut_off_anywhere_never_claims_what_is_not_there_nor_half_a_record(shape):
    """What is cut exactly behind a record can't be told from a whole listing; everything else is said to be cut."""
    body = shape(WHOLE)
    whole = {}
    for end in range(len(body)):
        try:
            found = values(body[:end])
        except FailedError:
            continue
        assert list(found) == list(EXPECTED[: len(found)])
        whole.setdefault(len(found), []).append(end)

    assert set(whole) == set(range(6))
    for ends in whole.values():  # nothing but the blanks between two records
        assert not body[ends[0] : ends[-1]].strip()


def test_the_errors_name_the_line_in_the_file_and_not_in_the_stretch():
    stretch = Text(name="all.txt", text="x\n" * 40 + WHOLE.split("SDDL")[0]).part(41, 60)
    with pytest.raises(FailedError) as caught:
        urlacl.parse(stretch)

    assert caught.value.source == "evidence:all.txt:45"
    assert "all.txt:45" in caught.value.detail
