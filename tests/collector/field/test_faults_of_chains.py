"""One fault in a chain, as listings and certutil's verdicts tell it: the cause is named where it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from farmsight_collector.pki import verdicts as bits
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.farms import NOW
from tests.fakes.field import (
    CLIENT_AUTH,
    CONTEXTS,
    ISSUING,
    ROLES,
    ROOT,
    SERVER_AUTH,
    USER,
    WAPS,
    Folder,
    Listed,
    causes,
    each,
    heavy,
    judged,
    stored,
    tenant,
    untold,
    verdict,
    verdicts,
)
from tests.fakes.pki import ISSUING as DER_ISSUING
from tests.fakes.pki import ROOT as DER_ROOT
from tests.fakes.pki import stored as der_stored

ALL = tuple(sorted(ROLES))
EVERY_ACCOUNT = ("adfs-service", "network-service", "system")
UNKNOWN = pb.TRISTATE_UNKNOWN
BOTH = {"named by a verdict": True, "named by nobody": False}


def refusing(folder: Folder, name: str, errors: dict[Listed, int]) -> Folder:
    for context in CONTEXTS[folder.roles[name]]:
        folder.put(name, *verdicts(context, errors=errors))
    return folder


@pytest.mark.parametrize("verified", BOTH.values(), ids=BOTH.keys())
def test_a_root_that_one_server_lacks(verified: bool) -> None:
    folder = Folder(verified=verified).unlist("WAP01", "ROOT", ROOT)

    assert causes(folder) == [("store.root-ca-missing", ("WAP01",), ())]
    assert [one.severity.word for one in heavy(folder)] == ["critical" if verified else "error"]


def test_the_servers_own_word_that_the_root_is_not_trusted_is_a_symptom() -> None:
    folder = refusing(Folder().unlist("WAP01", "ROOT", ROOT), "WAP01", {ROOT: bits.UNTRUSTED_ROOT})

    assert causes(folder) == [("store.root-ca-missing", ("WAP01",), ())]
    assert "chain.server-refuses" in {one.rule.code for one in judged(folder).findings if one.caused_by}


def test_a_root_that_no_store_holds_is_known_from_a_verdict_all_the_same() -> None:
    """The chain engine found it by its AIA URL, and did not trust it."""
    folder = Folder().unlist(ROLES, "ROOT", ROOT)
    for name in ROLES:
        refusing(folder, name, {ROOT: bits.UNTRUSTED_ROOT})

    assert causes(folder) == [("store.root-ca-missing", ALL, ())]


@pytest.mark.parametrize("verified", BOTH.values(), ids=BOTH.keys())
def test_a_root_among_the_intermediates(verified: bool) -> None:
    folder = Folder(verified=verified).unlist("STS02", "ROOT", ROOT).put("STS02", stored("CA", ROOT))

    assert causes(folder) == [("store.root-in-intermediate", ("STS02",), ())]


@pytest.mark.parametrize("verified", BOTH.values(), ids=BOTH.keys())
def test_an_issuing_ca_that_one_server_lacks(verified: bool) -> None:
    folder = Folder(verified=verified).unlist("WAP02", "CA", ISSUING)

    assert causes(folder) == [("store.issuing-ca-missing", ("WAP02",), ())]


def test_a_chain_that_ends_at_the_users_certificate_is_a_symptom() -> None:
    folder = Folder().unlist("WAP02", "CA", ISSUING)
    for context in CONTEXTS["wap"]:
        said = verdict(USER, context=context, error_status=bits.PARTIAL_CHAIN | 0x40, revocation_error="0x80092013")
        folder.put("WAP02", said)

    assert causes(folder) == [("store.issuing-ca-missing", ("WAP02",), ())]


def test_both_proxies_lack_what_every_node_has() -> None:
    folder = Folder(verified=False).unlist(WAPS, "CA", ISSUING)

    assert causes(folder) == [("store.issuing-ca-missing", WAPS, ())]


def test_a_ca_that_the_same_server_was_shown_by_its_verdict_only() -> None:
    """The article's SubCA.cer was verified, and nobody holds it: certutil fetched what http.sys will not."""
    folder = Folder().unlist(ROLES, "CA", ISSUING)

    assert causes(folder) == [("store.issuing-ca-missing", ALL, ())]


@pytest.mark.parametrize("verified", BOTH.values(), ids=BOTH.keys())
def test_an_intermediate_among_the_roots(verified: bool) -> None:
    folder = Folder(verified=verified).put("STS01", stored("ROOT", ISSUING))

    assert causes(folder) == [("store.non-root-in-root", ("STS01",), ())]


def test_names_that_two_listings_tell_differently_prove_nothing() -> None:
    cut_off = replace(ROOT, issuer="Contoso Ro", thumbprint=ROOT.sha1)
    folder = Folder().put("STS01", stored("ROOT", cut_off))

    assert "store.non-root-in-root" not in {code for code, _, _ in causes(folder)}
    assert ("STS01", f"ROOT/{ROOT.sha1}") in untold(folder, "store.non-root-in-root")


def ended(days: float, *, dates: bool = True, told: bool = True) -> Folder:
    over = replace(ISSUING, ends=NOW - timedelta(days=days))
    errors = {over: bits.NOT_TIME_VALID} if told else {}
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, stored("CA", over, dates=dates))
        folder.put(name, verdict(USER, over, ROOT, context=context, errors=errors, dates=dates))
        folder.put(name, verdict(over, ROOT, context=context, errors=errors, dates=dates, ca=True, policies=()))
    return folder


@pytest.mark.parametrize("dates", [True, False], ids=["dates shown", "the bit alone"])
def test_a_ca_that_is_over(dates: bool) -> None:
    folder = ended(30, dates=dates)

    assert causes(folder) == [("store.ca-expired", ALL, ())]
    assert [one.severity.word for one in heavy(folder)] == ["critical"]


def test_a_ca_that_ends_within_a_day_of_a_listing_without_a_zone_can_not_be_judged() -> None:
    folder = ended(0.3, told=False)

    assert causes(folder) == []
    assert untold(folder, "store.ca-expired") == [(None, ISSUING.subject)]


def test_a_ca_that_ended_within_the_day_by_the_engines_word() -> None:
    assert causes(ended(0.3)) == [("store.ca-expired", ALL, ())]


def test_a_ca_that_one_server_distrusts() -> None:
    folder = refusing(Folder(), "STS02", {ISSUING: bits.EXPLICIT_DISTRUST})

    assert [code for code, _, _ in causes(folder)] == ["store.ca-disallowed"]
    assert causes(Folder().put("STS02", stored("DISALLOWED", ISSUING))) == [("store.ca-disallowed", ("STS02",), ())]


def renewed(*lacking: str) -> tuple[Folder, Listed]:
    new = replace(ISSUING, serial="02", begins=NOW - timedelta(days=10))
    folder = Folder()
    for name in ROLES:
        if name not in lacking:
            folder.put(name, stored("CA", new))
    return folder, new


def test_whether_a_renewed_ca_has_a_new_key_is_not_in_a_listing() -> None:
    folder, _ = renewed("WAP01")

    assert causes(folder) == []
    for code in ("store.renewed-ca-missing", "store.issuing-ca-missing"):
        assert untold(folder, code) == [("WAP01", ISSUING.subject)]


def test_a_chain_that_ends_early_beside_the_old_certificate_proves_the_new_key() -> None:
    folder, new = renewed("WAP01")
    user = replace(USER, name="Grace Hopper", serial="5b")
    for name, context in each(folder):
        whole = verdict(user, new, ROOT, context=context)
        early = verdict(user, context=context, error_status=bits.PARTIAL_CHAIN | 0x40)
        folder.put(name, early if name == "WAP01" else whole)

    assert causes(folder) == [("store.renewed-ca-missing", ("WAP01",), ())]


def test_an_old_certificate_that_is_over_does_not_stand_for_the_renewed_one() -> None:
    old = replace(ISSUING, ends=NOW - timedelta(days=20))
    new = replace(ISSUING, serial="02", begins=NOW - timedelta(days=60))
    folder = Folder(verified=False)
    for name in ROLES:
        folder.put(name, stored("CA", old), *(() if name == "WAP01" else (stored("CA", new),)))

    assert causes(folder) == [("store.issuing-ca-missing", ("WAP01",), ())]


def test_a_ca_of_the_chain_that_is_revoked() -> None:
    folder = Folder()
    for name in ROLES:
        refusing(folder, name, {ISSUING: bits.REVOKED})

    assert causes(folder) == [("crl.ca-revoked", ALL, EVERY_ACCOUNT)]


def test_a_users_certificate_that_is_revoked_is_as_it_should_be() -> None:
    folder = refusing(Folder(), "STS01", {USER: bits.REVOKED})

    assert causes(folder) == []
    found = [one for one in judged(folder).findings if one.rule.code == "chain.server-refuses"]
    assert [(one.severity.word, one.catalogue) for one in found] == [("info", ("CRL-33",))]


@pytest.mark.parametrize(
    ("bit", "code"),
    [
        (bits.HAS_WEAK_SIGNATURE, "chain.weak-signature"),
        (bits.INVALID_BASIC_CONSTRAINTS, "chain.basic-constraints"),
        (bits.NOT_VALID_FOR_USAGE, "chain.eku-without-client-auth"),
    ],
)
def test_what_the_chain_engine_says_of_a_ca(bit: int, code: str) -> None:
    folder = refusing(Folder(), "WAP01", {ISSUING: bit})

    assert causes(folder) == [(code, ("WAP01",), ("network-service", "system"))]


def test_a_chain_that_is_good_for_servers_only() -> None:
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, verdict(USER, ISSUING, ROOT, context=context, policies=(SERVER_AUTH,)))
        folder.put(name, verdict(ISSUING, ROOT, context=context, ca=True, policies=(SERVER_AUTH,)))

    assert causes(folder) == [("chain.eku-without-client-auth", ALL, EVERY_ACCOUNT)]
    assert [one.subject for one in heavy(folder)] == [ISSUING.subject]


def test_a_chain_that_is_good_for_users_among_others() -> None:
    folder = Folder()
    for name, context in each(folder):
        folder.put(name, verdict(USER, ISSUING, ROOT, context=context, policies=(SERVER_AUTH, CLIENT_AUTH)))

    assert causes(folder) == []


def test_a_root_that_stands_in_the_store_and_is_not_trusted_is_a_contradiction() -> None:
    folder = refusing(Folder(), "STS01", {ROOT: bits.UNTRUSTED_ROOT})

    codes = {code for code, _, _ in causes(folder)}
    assert codes == {"chain.server-refuses", "chain.verdicts-differ"}
    differs = next(one for one in heavy(folder) if one.rule.code == "chain.verdicts-differ")
    assert (differs.servers, differs.catalogue) == (("STS01",), ("STORE-10",))


def test_one_server_with_bytes_and_others_with_listings_are_compared_by_thumbprint() -> None:
    folder = Folder(verified=False).unlist(ROLES, "ROOT", ROOT).unlist(ROLES, "CA", ISSUING)
    for name in ROLES:
        folder.put(name, der_stored("CA", DER_ISSUING, der=name == "STS01"))
    for name in ("STS01", "STS02", "WAP01"):
        folder.put(name, der_stored("ROOT", DER_ROOT, der=name == "STS01"))
    folder.blobs += [DER_ROOT.der, DER_ISSUING.der]

    assert [(code, servers) for code, servers, _ in causes(folder)] == [("store.root-ca-missing", ("WAP02",))]


def test_a_tenants_list_as_text_names_a_ca_by_name_alone() -> None:
    """Its key identifier can't be compared with a listing: the CA may be on the list, and is never missing from it."""
    folder = Folder(verified=False).put("STS01", tenant(ISSUING, "aa" * 20), tenant(ROOT, "bb" * 20, root=True))

    assert causes(folder) == []
    assert causes(folder.unlist("WAP01", "CA", ISSUING)) == [("store.issuing-ca-missing", ("WAP01",), ())]
    assert [one.severity.word for one in heavy(folder)] == ["error"]


def test_a_ca_that_may_be_on_the_tenants_list_under_another_spelling() -> None:
    folder = Folder().put("STS01", tenant(ROOT, "bb" * 20, root=True))

    assert causes(folder) == []
    assert untold(folder, "entra.issuing-ca-missing") == [(None, ISSUING.subject)]


def test_a_verdict_that_does_not_say_whether_its_leaf_is_a_ca_names_what_issued_it() -> None:
    """The tool says so in words, which are translated."""
    folder = Folder(verified=False)
    for name, context in each(folder):
        said = verdicts(context)
        for one in said:
            one.chain_verdict.leaf_is_ca = UNKNOWN
        folder.put(name, *said)

    assert causes(folder) == []
    assert causes(folder.unlist("WAP02", "CA", ISSUING)) == [("store.issuing-ca-missing", ("WAP02",), ())]
    assert [one.severity.word for one in heavy(folder)] == ["critical"]


def test_a_user_of_a_ca_that_nobody_holds() -> None:
    stranger = Listed(name="Grace Hopper", issuer="Fabrikam Issuing CA", serial="9b")
    folder = Folder()
    for name, context in each(folder):
        said = verdict(stranger, context=context, error_status=bits.PARTIAL_CHAIN | 0x40)
        folder.put(name, said)

    assert causes(folder) == [("chain.server-refuses", ALL, EVERY_ACCOUNT)]
    assert [one.subject for one in heavy(folder)] == ["CN=Fabrikam Issuing CA,DC=contoso,DC=com (is not found)"]


def without_root(subject: str = ROOT.name) -> Folder:
    under = replace(ISSUING, issuer=subject)
    folder = Folder().unlist(ROLES, "ROOT", ROOT).drop(ROLES, "chain-verdict")
    for name, context in each(folder):
        said = verdict(USER, under, context=context, error_status=bits.PARTIAL_CHAIN | 0x40)
        folder.put(name, stored("CA", under), said)
    return folder


def test_a_root_that_nobody_holds() -> None:
    folder = without_root()

    assert causes(folder) == [("chain.issuer-unknown", ALL, ())]
    assert [one.subject for one in heavy(folder)] == [ROOT.subject]


def test_an_issuers_name_that_lost_characters_may_be_held_under_another_spelling() -> None:
    lost = "Soci\ufffdt\ufffd Root CA"
    folder = without_root(lost)

    assert "chain.issuer-unknown" not in {code for code, _, _ in causes(folder)}
    assert untold(folder, "chain.issuer-unknown") == [(None, f"CN={lost},DC=contoso,DC=com")]
