"""Folders by the article from farms that are well: whatever was captured, nothing is claimed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.farms import NOW
from tests.fakes.field import (
    CA_CRL,
    DELTA,
    ISSUING,
    LDAP,
    NODES,
    PUBLIC,
    PUBLIC_ROOT,
    ROLES,
    ROOT,
    ROOT_CRL,
    SERVER_AUTH,
    SSL,
    USER,
    WAPS,
    Folder,
    Listed,
    causes,
    each,
    stored,
    tried,
    verdict,
    verdicts,
)

VERIFIED_IN_JAPANESE = "\u691c\u8a3c\u6e08\u307f"


@pytest.mark.parametrize("mode", ["classic", "alternate"])
@pytest.mark.parametrize("verified", [True, False], ids=["verified", "not verified"])
def test_a_folder_by_the_article(mode: str, verified: bool) -> None:
    assert causes(Folder(mode=mode, verified=verified)) == []


@pytest.mark.parametrize("kind", ["tls-binding", "url-reservation", "store-certificate"])
@pytest.mark.parametrize("mode", ["classic", "alternate"])
def test_a_capture_that_nobody_made(kind: str, mode: str) -> None:
    folder = Folder(mode=mode, name="unnamed farm")

    assert causes(folder.without(ROLES, kind)) == []


@pytest.mark.parametrize("name", ["STS01", "WAP01"])
def test_a_folder_of_one_server(name: str) -> None:
    assert causes(Folder(roles={name: ROLES[name]}, name="unnamed farm")) == []


def test_only_listings_of_stores() -> None:
    folder = Folder(verified=False, name="unnamed farm").without(ROLES, "tls-binding").without(ROLES, "url-reservation")

    assert causes(folder) == []


def test_listings_without_dates() -> None:
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, stored("ROOT", ROOT, dates=False), stored("CA", ISSUING, dates=False))
        folder.put(name, *verdicts(context, dates=False))
        folder.put(
            name, tried(CA_CRL, USER, context=context, ends=None), tried(ROOT_CRL, ISSUING, context=context, ends=None)
        )

    assert causes(folder) == []


def test_roots_of_the_programme_that_some_servers_fetched() -> None:
    folder = Folder().unlist("WAP01", "ROOT", PUBLIC_ROOT).unlist("STS02", "ROOT", PUBLIC_ROOT)

    assert causes(folder) == []


def test_an_intermediate_of_the_servers_own_certificate_that_one_server_lacks() -> None:
    assert causes(Folder().unlist("WAP01", "CA", PUBLIC)) == []


def test_a_proxy_outside_the_domain_that_finds_the_crl_over_http_first() -> None:
    folder = Folder()
    for name, context in each(folder):
        asked = {} if name in NODES else {"outcome": "FAILED", "error": "0x80070035"}
        folder.put(name, tried(LDAP, USER, context=context, position=1, **asked))

    assert causes(folder) == []


def test_a_verdict_on_the_servers_own_certificate() -> None:
    """A public CA's responder is not reached from inside: no user hangs on it."""
    folder = Folder()
    for name, context in each(folder):
        said = verdict(SSL, PUBLIC, PUBLIC_ROOT, context=context, policies=(SERVER_AUTH,), errors={SSL: 0x1000040})
        dead = tried("http://crl.digicert.example/tls.crl", SSL, context=context, outcome="TIMED_OUT")
        folder.put(name, said, dead)

    assert causes(folder) == []


def test_a_ca_that_was_renewed_with_its_key_and_not_yet_given_to_one_server() -> None:
    """Listings tell no keys: whether anything is missing can't be told, and is not claimed."""
    renewed = replace(ISSUING, serial="02", begins=NOW - timedelta(days=5))
    folder = Folder()
    for name in ("STS01", "STS02", "WAP02"):
        folder.put(name, stored("CA", renewed))

    assert causes(folder) == []


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "not verified"])
def test_cross_certificates_of_a_root_that_was_renewed_with_a_new_key(verified: bool) -> None:
    """They have one name on both sides, stand in CA where they belong, and a listing shows them like roots."""
    second = replace(ROOT, serial="02", begins=NOW - timedelta(days=30))
    crosses = [replace(ROOT, serial=serial) for serial in ("c1", "c2")]
    folder = Folder(verified=verified)
    for name in ROLES:
        folder.put(name, stored("ROOT", second), *(stored("CA", cross) for cross in crosses))

    assert causes(folder) == []


def test_another_issuing_ca_with_its_own_user_on_every_server() -> None:
    other = Listed(name="Contoso Issuing CA 2", issuer=ROOT.name, serial="0b")
    user = Listed(name="Grace Hopper", issuer=other.name, serial="5b")
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, stored("CA", other), verdict(user, other, ROOT, context=context))

    assert causes(folder) == []


def test_evidence_of_a_few_hours_of_clock_difference() -> None:
    """A CRL that was published this morning, printed in the time of another continent."""
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, tried(CA_CRL, USER, context=context, begins=timedelta(hours=11)))

    assert causes(folder) == []


def test_a_crl_that_ends_tonight_in_a_zone_that_is_not_told() -> None:
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, tried(CA_CRL, USER, context=context, ends=timedelta(hours=-3)))

    assert causes(folder) == []


def test_a_word_in_a_language_that_nobody_here_reads() -> None:
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, tried(CA_CRL, USER, context=context, word="\u691c\u8a3c\u6e08\u307f"))
        folder.put(
            name, tried(DELTA, USER, context=context, purpose="delta", word="\u691c\u8a3c\u6e08\u307f", ends=None)
        )

    assert causes(folder) == []


def test_fetches_without_any_verdict() -> None:
    folder = Folder()
    folder.drop(ROLES, "chain-verdict")

    assert causes(folder) == []


def test_names_that_the_binding_of_another_product_uses() -> None:
    folder = Folder(name="unnamed farm")
    for name in WAPS:
        folder.bind(name, "mail.contoso.com", 443, application_id="{f955c070-e044-456c-ac00-e9e4275b3f04}")

    assert causes(folder) == []
