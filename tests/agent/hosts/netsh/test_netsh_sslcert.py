"""TLS bindings as administrators hand them in: of every Windows, in any language, wrapped, cut off."""

import itertools

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import sslcert
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2
from tests.fakes import netsh

LATER = ("reject", "disable_http2", "disable_quic", "disable_tls12", "disable_tls13", "disable_legacy_tls")


def text(body):
    return Text(name="WAP01_sslcert.txt", text=body)


def values(body):
    return sslcert.parse(text(body)).values


def refused(body):
    with pytest.raises(FailedError) as caught:
        sslcert.parse(text(body))
    return caught.value.reason, caught.value.source


def without(binding, *names):
    found = facts_pb2.TlsBinding()
    found.CopyFrom(binding)
    for name in names:
        found.ClearField(name)
    return found


@pytest.mark.parametrize("layout", ["2012 R2", "2022"])
@pytest.mark.parametrize("language", netsh.TRANSLATED, ids=lambda one: one.code)
@pytest.mark.parametrize("columns", [0, 120, 100, 80])
def test_a_listing_in_another_language_gives_the_same_bindings(layout, language, columns):
    body = netsh.sslcert(language, layout)

    assert values(netsh.wrapped(body, columns) if columns else body) == values(netsh.sslcert(netsh.ENGLISH, layout))


@pytest.mark.parametrize("language", netsh.TRANSLATED, ids=lambda one: one.code)
def test_a_single_translated_word_for_a_flag_stays_unknown(language):
    """Windows Server 2016 prints one flag, and nothing tells whether its word is the yes or the no."""
    found = values(netsh.sslcert(language, "2016"))
    english = values(netsh.sslcert(netsh.ENGLISH, "2016"))

    assert not any(one.HasField("disable_http2") for one in found)
    assert found == tuple(without(one, "disable_http2") for one in english)


def test_every_flag_of_a_new_build_is_read():
    [first, second, *_rest] = values(netsh.sslcert(netsh.ENGLISH))

    assert (first.host, first.port, first.binding_kind) == ("sts.contoso.com", 443, facts_pb2.BINDING_KIND_SNI)
    assert (first.disable_quic, first.log_extended_events) == (True, True)
    off = ["reject", "disable_http2", "disable_tls12", "disable_tls13", "disable_ocsp_stapling", "disable_session_id"]
    off += ["enable_token_binding", "disable_legacy_tls", "enable_session_ticket"]
    assert all(first.HasField(name) and not getattr(first, name) for name in off)
    assert (second.negotiate_client_certificate, second.ctl_store) == (True, "(null)")


def test_an_old_build_says_nothing_of_flags_that_it_does_not_have():
    assert not any(one.HasField(name) for one in values(netsh.sslcert(netsh.ENGLISH, "2012 R2")) for name in LATER)


def test_addresses_of_both_families_are_told_from_names():
    kinds = {(one.host, one.port): one.binding_kind for one in values(netsh.sslcert(netsh.JAPANESE))}

    assert kinds[("0.0.0.0", 443)] == kinds[("::", 443)] == facts_pb2.BINDING_KIND_IP
    assert kinds[("localhost", 443)] == facts_pb2.BINDING_KIND_SNI


@pytest.mark.parametrize("indent", [0, 1, 4])
@pytest.mark.parametrize("layout", netsh.LAYOUTS)
def test_indentation_does_not_matter(indent, layout):
    assert values(netsh.sslcert(netsh.ENGLISH, layout, indent=indent)) == values(netsh.sslcert(netsh.ENGLISH, layout))


@pytest.mark.parametrize("columns", [*range(38, 82), 100, 120])
@pytest.mark.parametrize("layout", netsh.LAYOUTS)
def test_a_listing_wrapped_anywhere_never_says_anything_else(layout, columns):
    """A narrow console breaks labels and values alike; what can't be put together is refused, not misread."""
    whole = values(netsh.sslcert(netsh.ENGLISH, layout))

    assert values(netsh.wrapped(netsh.sslcert(netsh.ENGLISH, layout), columns)) == whole


@pytest.mark.parametrize("columns", range(30, 130, 7))
@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_a_flat_copy_of_a_wrapped_listing_is_right_or_refused(language, columns):
    whole = values(netsh.sslcert(netsh.ENGLISH, "2012 R2"))
    try:
        found = values(netsh.flat(netsh.wrapped(netsh.sslcert(language, "2012 R2"), columns)))
    except FailedError:
        return

    assert found == whole


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body.replace("\r\n", "\r\r\n"),
        lambda body: "".join(map(str.__add__, body.split("\r\n"), itertools.cycle(("\r\n", "\n", "\r")))),
        lambda body: body.replace("\r\n", "  \r\n"),
        lambda body: body.replace(" : ", "\u00a0: "),
        lambda body: body.replace(" : ", "\uff1a"),
        lambda body: body.replace("IP:port", "ip:port"),
        lambda body: body.replace("\r\n\r\n    ", "\r\n    "),
        lambda body: body.replace("\r\n\r\n", "\r\n\r\n\r\n"),
        lambda body: body.replace("MY", "my").replace(netsh.THUMBPRINT, netsh.THUMBPRINT.upper()),
        lambda body: "PS C:\\> netsh http show sslcert\r\n" + body + "PS C:\\> ",
    ],
    ids=[
        "line-ends-written-twice", "mixed-line-ends", "trailing-blanks", "nbsp", "wide-colons", "lower-case-label",
        "no-blank-lines", "more-blank-lines", "other-case", "prompt",
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", netsh.LAYOUTS)
def test_what_consoles_and_editors_add_changes_nothing(damage, layout):
    found = values(damage(netsh.sslcert(netsh.ENGLISH, layout)))
    for one in found:
        one.certificate_sha1, one.store = one.certificate_sha1.lower(), one.store.upper()

    assert found == values(netsh.sslcert(netsh.ENGLISH, layout))


def record(key="sts.contoso.com:443", sha1=netsh.THUMBPRINT, label="Hostname:port", **words):
    """Return one record of the old layout, in words of nowhere."""
    yes, no = words.get("yes", "Da"), words.get("no", "Ne")
    rows = [key, sha1, netsh.ADFS, words.get("store", "MY"), yes, no, words.get("usage", yes), "0", "0"]
    rows += ["(null)", "(null)", words.get("mapper", no), words.get("negotiate", yes)]
    labels = [label, *(f"Field {number}" for number in range(1, 13))]
    return "".join(f"    {name:<20} : {value}\n" for name, value in zip(labels, rows, strict=True)) + "\n"


@pytest.mark.parametrize("sha1", ["", "(null)"])
def test_the_central_certificate_store_is_known_by_its_port(sha1):
    found = values(record() + record("443", sha1, "Central Certificate Store") + record("x.contoso.com:443"))

    assert [(one.host, one.port, one.binding_kind) for one in found][1] == ("*", 443, facts_pb2.BINDING_KIND_CCS)
    assert found[1].certificate_sha1 == ""


def test_a_name_without_a_certificate_of_its_own_takes_it_from_the_central_store():
    scoped = record("a.contoso.com:443", "(null)", "Scoped Central Certificate Store")
    found = values(record() + scoped + record("b.contoso.com:443", "(null)"))

    assert [one.binding_kind for one in found] == [
        facts_pb2.BINDING_KIND_SNI,
        facts_pb2.BINDING_KIND_SCOPED,
        facts_pb2.BINDING_KIND_SNI,  # its label is that of a binding with a certificate: it has lost its own
    ]


def test_a_longer_thumbprint_is_kept_as_it_is():
    assert values(record(sha1="AB" * 32))[0].certificate_sha1 == "AB" * 32


def test_a_label_with_a_colon_of_its_own_names_the_binding_all_the_same():
    assert values(record("10.0.0.5:443", label="Adresse IP : port"))[0].host == "10.0.0.5"


@pytest.mark.parametrize("hidden", ["<removed>", "xxxx", "2d 12 5f"])
def test_a_hash_that_somebody_has_hidden_is_not_made_up(hidden):
    assert refused(record(sha1=hidden)) == ("not-understood", "evidence:WAP01_sslcert.txt:2")


@pytest.mark.parametrize("place", ["[", "b.contoso.com", "x"])
def test_a_name_that_lost_its_port_is_refused(place):
    assert refused(record() + record(place)) == ("not-understood", "evidence:WAP01_sslcert.txt:15")


def test_rows_that_are_not_where_they_belong_are_not_read():
    """A row that got lost would turn the next one's word into its own."""
    lost = "\n".join(line for line in (record() + record("b.contoso.com:443")).split("\n") if "Field 5" not in line)

    assert refused(lost)[0] == "truncated"
    assert refused(record().replace("Field 5 ", "More  : x\n    Field 5 "))[0] == "not-understood"


def test_of_two_listings_in_one_file_the_later_stands():
    old, new = netsh.sslcert(netsh.ENGLISH, "2012 R2"), netsh.sslcert(netsh.GERMAN, "2022")

    assert values(old + new) == values(new)
    assert values(record() + record("b.contoso.com:443") + record(negotiate="Ne")) == values(record(negotiate="Ne"))
    assert refused(old + new[:-400])[0] == "truncated"


def test_a_listing_of_one_binding_is_not_taken_for_all():
    assert refused("C:\\>netsh http show sslcert ipport=0.0.0.0:443\n" + record())[0] == "partial-listing"
    assert len(values("C:\\>netsh http show sslcert >> C:\\temp\\sslcert.txt\n" + record())) == 1


def test_a_heading_alone_is_an_answer_and_a_message_below_it_is_none():
    heading = "\r\nSSL Certificate bindings:\r\n-------------------------\r\n"

    assert values(heading + "\r\n") == ()
    assert refused(heading + "\r\nThe system cannot find the file specified.\r\n\r\n")[0] == "not-understood"
    assert refused(heading + "    IP:port : 0.0.0.0:443\r\n")[0] == "truncated"


def test_a_listing_whose_beginning_is_missing_is_cut_off_as_well():
    body = netsh.sslcert(netsh.ENGLISH, "2012 R2")
    missing = body[body.index("    Usage Check") :]

    assert refused(missing) == ("truncated", "evidence:WAP01_sslcert.txt:1")


def _true_of(found, whole):
    """Tell whether every field said is said alike by the whole listing."""
    return all(
        getattr(one, field.name) == value
        for one, of_whole in zip(found, whole, strict=False)
        for field, value in of_whole.ListFields()
        if field.message_type is None and (not field.has_presence or one.HasField(field.name))
    )


@pytest.mark.parametrize("shape", [str, netsh.flat, netsh.wrapped], ids=["as-printed", "flat", "wrapped"])
@pytest.mark.parametrize("language", [netsh.ENGLISH, netsh.GERMAN, netsh.CHINESE], ids=lambda one: one.code)
@pytest.mark.parametrize("layout", netsh.LAYOUTS)
def test_a_listing_cut_off_anywhere_never_claims_what_is_not_there(layout, language, shape):
    body = shape(netsh.sslcert(language, layout))
    whole = values(body)
    passed = {}
    for end in range(len(language.code + layout), len(body), 13):
        try:
            found = values(body[:end])
        except FailedError:
            continue
        assert len(found) <= len(whole)
        assert _true_of(found, whole), body[:end][-60:]
        passed.setdefault(len(found), []).append(end)
    # A first record may be that of an older build; later ones are whole or refused.
    for count, ends in passed.items():
        between = body[ends[0] : ends[-1]].strip()
        assert count < 2 or not between or between.isdigit()
