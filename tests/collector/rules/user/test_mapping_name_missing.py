"""A user's certificate without UPN and mail address is named."""

from farmsight_collector.rules.user.mapping_name_missing import RULE
from tests.fakes.pki import ISSUING, World, binding, found, judged, make, untold
from tests.fakes.users import SUBJECT, given, with_user


def test_a_certificate_that_names_nobody_is_found_once_and_blames_no_server() -> None:
    one = given(user_principal_names=[], other_names=["DNS:pc01.contoso.com"])
    world = with_user(one).put("WAP01", one)

    assert found(RULE, world) == [(SUBJECT, (), (), "critical")]
    assert [held.kind for held in judged(RULE, world).findings[0].evidence] == ["given-certificate"]


def test_a_mail_address_alone_is_enough() -> None:
    world = with_user(given(user_principal_names=[], rfc822_names=["ada@contoso.com"]))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_source_that_does_not_show_alternative_names_can_not_tell() -> None:
    world = with_user(given(user_principal_names=[], subject_alternative_names_seen=False))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_a_ca_that_was_handed_in_needs_no_such_name() -> None:
    world = with_user(given(ISSUING, user_principal_names=[]))

    assert found(RULE, world) == []


def test_a_certificate_that_a_server_has_bound_is_no_users() -> None:
    one = given(user_principal_names=[])
    world = with_user(one).put("WAP01", binding(certificate_sha1=one.given_certificate.certificate.sha1))

    assert found(RULE, world) == []


def test_bytes_that_are_no_certificate_can_not_be_judged() -> None:
    one = given(user_principal_names=[])
    one.given_certificate.certificate.Clear()
    one.given_certificate.certificate.sha1, one.given_certificate.certificate.parse_error = "ab", "cut off"

    assert found(RULE, with_user(one)) == []
    assert untold(RULE, with_user(one)) == [(None, None)]


def test_files_that_could_not_be_read_leave_it_open_and_none_at_all_do_not() -> None:
    assert untold(RULE, World().blinded("WAP01", "given-certificates")) == [(None, None)]
    assert untold(RULE, World()) == []


def test_two_users_of_one_name_are_told_apart() -> None:
    twins = [make("Twin", ISSUING, ca=None) for _ in range(2)]
    world = with_user(*(given(one, user_principal_names=[]) for one in twins))

    assert sorted(f[0] for f in found(RULE, world)) == sorted(f"CN=Twin ({one.sha1[:8]})" for one in twins)
