"""What a server makes of a user's certificate: which chain it can build, and who has what it lacks."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths import ended
from farmsight_collector.pki.paths.judgement import Judgement
from farmsight_collector.pki.paths.on_server import judged_on
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW
from tests.fakes.pki import (
    CLIENT_AUTH,
    CONTEXTS,
    ISSUING,
    ISSUING_URL,
    PUBLIC_ROOT,
    ROOT,
    SERVER_AUTH,
    URL,
    Made,
    World,
    clock,
    extended,
    host,
    make,
    retrieval,
    stored,
    summary,
    user,
)

BY_POLICY = facts_pb2.STORE_ORIGIN_GROUP_POLICY
LEAF = user()
CA, ROOT_HERE = f"CA/{ISSUING.sha1}", f"ROOT/{ROOT.sha1}"


def judged(world: World, leaf: Made = LEAF, server: str = "WAP02", context: str = "system", sent=()) -> Judgement:
    farm = world.farm()
    presented = [certificates.parse(one.der) for one in sent]
    return judged_on(farm, farm.server(server), context, certificates.parse(leaf.der), presented)


def told(world: World, leaf: Made = LEAF, **where) -> tuple[str, list[str], tuple[str, ...]]:
    said = judged(world, leaf, **where)
    return said.verdict.value, [one.code for one in said.reasons], said.catalogue


def of_account(store: str, made: Made) -> facts_pb2.Fact:
    fact = stored(store, made)
    fact.store_certificate.location = facts_pb2.STORE_LOCATION_USER
    fact.store_certificate.account = "CONTOSO\\gmsa-adfs$"
    return fact


def holding(world: World, *made: Made) -> World:
    world.blobs.extend(one.der for one in made)
    return world


@pytest.mark.parametrize(("server", "context"), [("WAP01", "network-service"), ("STS01", "adfs-service")])
def test_a_farm_that_is_well_builds_the_chain_and_knows_until_when_it_holds(server: str, context: str) -> None:
    said = judged(World(), server=server, context=context)

    assert said.verdict.value == "passes"
    assert [step.found_in for step in said.chains[0].steps] == [("presented",), ("CA",), ("ROOT",)]
    assert said.chains[0].anchored
    assert said.holds_until == NOW + timedelta(days=6)
    assert said.chains[0].steps[-1].coverings == (), "nobody asks whether a root is revoked"


def test_an_issuing_ca_that_is_missing_is_named_with_who_has_it_and_from_where() -> None:
    world = World().take("WAP02", CA).put("WAP01", stored("CA", ISSUING, BY_POLICY))
    said = judged(world)

    assert said.verdict.value == "fails"
    assert said.catalogue == ("STORE-03",)
    assert said.why == (
        "WAP02 cannot build the chain: CN=Contoso Issuing CA 1 is not in its CA store; "
        "STS01, STS02 have it there by hand; WAP01 has it there by Group Policy"
    )
    assert {held.server for held in said.evidence} >= {"STS01", "WAP01"}


def test_a_workgroup_proxy_is_told_why_it_never_gets_what_the_domain_gives() -> None:
    world = World().take("WAP01", CA).take("WAP02", CA)
    for node in ("STS01", "STS02"):
        world.put(node, stored("CA", ISSUING, BY_POLICY))
    said = judged(world)

    assert said.catalogue == ("STORE-03", "STORE-12")
    assert "workgroup" in said.why


def test_a_client_that_sends_the_issuing_ca_gets_through_where_the_server_lacks_it() -> None:
    world = World().take("WAP02", CA)

    assert told(world)[0] == "fails"
    assert judged(world, sent=[ISSUING]).verdict.value == "passes"


def test_a_root_that_is_missing_or_in_the_wrong_store() -> None:
    missing = World().take("WAP02", ROOT_HERE)

    assert told(missing) == ("fails", ["root-missing"], ("STORE-01",))
    wrong = World().take("WAP02", ROOT_HERE).put("WAP02", stored("CA", ROOT))
    assert told(wrong) == ("fails", ["root-in-ca-store"], ("STORE-01", "STORE-02"))


def test_a_root_that_only_an_account_has_serves_that_account_alone() -> None:
    world = World().take("STS01", ROOT_HERE).put("STS01", of_account("ROOT", ROOT), stored("CA", ROOT))

    assert told(world, server="STS01")[1:] == (["root-in-account-store"], ("STORE-01", "STORE-05"))
    assert told(world, server="STS01", context="adfs-service")[0] == "passes"


def test_an_issuing_ca_in_an_account_store_is_said_to_be_there() -> None:
    world = World().take("STS01", CA).put("STS01", of_account("CA", ISSUING))
    said = judged(world, server="STS01")

    assert [one.code for one in said.reasons] == ["issuer-in-account-store"]
    assert "CONTOSO\\gmsa-adfs$ has it for itself only" in said.why


def test_a_ca_that_was_renewed_with_a_new_key_and_not_distributed() -> None:
    rekeyed = make("Contoso Issuing CA 1", ROOT, begins=NOW - timedelta(days=1))
    new = make("new user", rekeyed, ca=None, usages=(CLIENT_AUTH,))
    world = holding(World(), rekeyed)
    for server in ("STS01", "STS02", "WAP01"):
        world.put(server, stored("CA", rekeyed))
    said = judged(world, new)

    assert (said.verdict.value, said.reasons[0].code) == ("fails", "issuer-renewed")
    assert said.catalogue == ("STORE-08",)
    assert f"it has {ISSUING.sha1} of this name, which has another key" in said.why


def test_a_renewed_ca_is_missing_even_where_no_key_identifier_says_so() -> None:
    rekeyed = make("Contoso Issuing CA 1", ROOT)
    nameless = {"without": (x509.AuthorityKeyIdentifier,)}
    new = extended(make("new user", rekeyed, ca=None, usages=(CLIENT_AUTH,), crls=(ISSUING_URL,)), rekeyed, **nameless)
    forged = extended(LEAF, make("Contoso Issuing CA 1"), **nameless)
    world = holding(World().put("WAP01", stored("CA", rekeyed)), rekeyed)

    assert told(world, new)[:2] == ("fails", ["issuer-renewed"])
    assert told(World(), forged)[:2] == ("fails", ["wrong-signature"])


def test_an_expired_duplicate_beside_the_good_one_does_not_matter() -> None:
    old = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, ends=NOW - timedelta(days=1), crls=(URL,))
    world = holding(World().put("WAP02", stored("CA", old)), old)

    assert told(world)[0] == "passes"
    assert told(world.take("WAP02", CA)) == ("fails", ["not-time-valid"], ("STORE-06",))


def test_a_ca_that_is_distrusted_by_its_thumbprint_or_by_its_key() -> None:
    twin = make("Somebody else", ROOT, key=ISSUING.key)

    assert told(World().put("WAP02", stored("DISALLOWED", ISSUING)))[1:] == (["distrusted"], ("STORE-07",))
    by_key = holding(World().put("WAP02", stored("DISALLOWED", twin)), twin)
    assert told(by_key)[1] == ["distrusted"]


def test_a_copy_that_may_not_be_used_for_clients_is_the_copys_fault() -> None:
    world = World().put("WAP02", stored("CA", ISSUING, usages=(SERVER_AUTH.dotted_string,)))

    assert told(world)[:2] == ("fails", ["copy-restricted"])
    assert told(world, server="WAP01")[0] == "passes"


def test_an_archived_copy_is_not_there_for_a_chain_builder() -> None:
    world = World().put("WAP02", stored("CA", ISSUING, archived=facts_pb2.TRISTATE_YES))

    assert told(world)[:2] == ("fails", ["issuer-missing"])


def test_a_certificate_in_root_that_is_no_root_is_an_intermediate_and_no_trust_anchor() -> None:
    world = World().take("WAP02", CA, ROOT_HERE).put("WAP02", stored("ROOT", ISSUING))

    assert told(world)[:2] == ("fails", ["root-missing"])
    assert told(world.put("WAP02", stored("ROOT", ROOT)))[0] == "passes"


@pytest.mark.parametrize("store", ["CA", "ROOT", "DISALLOWED"])
def test_a_store_that_is_not_known_is_never_a_missing_certificate(store: str) -> None:
    world = World().blinded("WAP02", "certificate-stores", store)
    verdict, codes, catalogue = told(world)

    assert (verdict, set(codes), catalogue) == ("unknown", {"store-unknown"}, ("COL-01",))


def test_what_fails_for_sure_fails_whatever_else_is_not_known() -> None:
    over = make("bob", ISSUING, ca=None, usages=(CLIENT_AUTH,), ends=NOW - timedelta(days=1))

    assert told(World().blinded("WAP02", "certificate-stores", "DISALLOWED"), over)[0] == "fails"


def test_certificates_of_which_only_listings_tell_are_there_and_prove_nothing() -> None:
    world = World().put("WAP02", stored("CA", ISSUING, der=False))

    assert told(world)[:2] == ("unknown", ["listed-only"])
    by_root = World().put("WAP02", stored("ROOT", ROOT, der=False))
    assert told(by_root)[:2] == ("unknown", ["listed-only"])


def test_a_stored_certificate_that_does_not_parse_may_be_the_one() -> None:
    broken = facts_pb2.StoreCertificate(store="CA", location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE)
    broken.certificate.sha1, broken.certificate.parse_error = "ab" * 20, "not DER"
    fact = facts_pb2.Fact(key=f"CA/{'ab' * 20}", store_certificate=broken)

    assert told(World().take("WAP02", CA).put("WAP02", fact))[:2] == ("unknown", ["unreadable"])


def _at(leaf: Made, url: str = "http://pki.contoso.com/issuing.cer") -> Made:
    where = x509.UniformResourceIdentifier(url)
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)
    return extended(leaf, ISSUING, x509.AuthorityInformationAccess([access]), critical=False)


def _fetched(context: str, outcome: str = "OK") -> facts_pb2.Fact:
    certificates_there = [summary(ISSUING)] if outcome == "OK" else []
    url = "http://pki.contoso.com/issuing.cer"
    return retrieval(url, context, purpose="aia", outcome=outcome, certificates=certificates_there)


def test_a_service_fetches_a_missing_issuer_and_the_operating_system_does_not() -> None:
    world = World().take("STS01", CA).put("STS01", _fetched("adfs-service"), _fetched("system"))
    leaf = _at(LEAF)
    said = judged(world, leaf, "STS01", "adfs-service")

    assert said.verdict.value == "passes"
    assert said.chains[0].steps[1].found_in == ("AIA http://pki.contoso.com/issuing.cer",)
    system = judged(world, leaf, "STS01")
    assert system.catalogue == ("STORE-03",)
    assert "http.sys does not fetch it" in system.why


def test_an_issuer_that_cannot_be_fetched_and_one_of_which_that_is_not_known() -> None:
    world, leaf = World().take("STS01", CA), _at(LEAF)
    where = {"server": "STS01", "context": "adfs-service"}

    assert told(world, leaf, **where)[:2] == ("unknown", ["aia-unknown"])
    world.put("STS01", _fetched("adfs-service", "REFUSED"))
    assert told(world, leaf, **where) == ("fails", ["issuer-missing"], ("STORE-03", "CHAIN-07"))


def test_a_public_root_that_windows_may_still_fetch_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended, "PUBLIC_ROOTS", frozenset({PUBLIC_ROOT.sha1}))
    leaf = make("public user", PUBLIC_ROOT, ca=None, usages=(CLIENT_AUTH,))
    world = World().take("WAP02", f"ROOT/{PUBLIC_ROOT.sha1}")

    assert told(world, leaf) == ("unknown", ["root-missing"], ("STORE-15",))


def test_another_makers_proxy_keeps_its_cas_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONTEXTS, "proxy", ("system",))
    world = World()
    world.roles["PROXY01"], world.facts["PROXY01"] = "proxy", {}
    world.put("PROXY01", stored("ROOT", ROOT), stored("CA", ISSUING), host("PROXY01", domain=False))

    assert told(world, server="PROXY01")[:2] == ("unknown", ["store-unknown", "store-unknown"])


def test_a_leaf_for_servers_and_an_expired_one_are_told_as_the_users() -> None:
    for_servers = make("server", ISSUING, ca=None, usages=(SERVER_AUTH,), crls=("http://pki.contoso.com/issuing.crl",))
    over = make("bob", ISSUING, ca=None, usages=(CLIENT_AUTH,), ends=NOW, crls=("http://pki.contoso.com/issuing.crl",))
    late = make("eve", ISSUING, ca=None, ends=NOW - timedelta(days=1), crls=("http://pki.contoso.com/issuing.crl",))

    assert told(World(), for_servers) == ("fails", ["usage"], ("USER-05",))
    assert told(World(), over)[0] == "passes"
    assert told(World(), late) == ("fails", ["not-time-valid"], ("USER-07",))


def test_the_same_question_is_worked_out_once() -> None:
    farm = World().farm()
    leaf = certificates.parse(LEAF.der)

    assert judged_on(farm, farm.server("WAP01"), "system", leaf) is judged_on(
        farm, farm.server("WAP01"), "system", leaf
    )


def test_a_server_judges_by_its_own_clock() -> None:
    soon = make(
        "soon", ISSUING, ca=None, usages=(CLIENT_AUTH,), begins=NOW - timedelta(minutes=10), crls=(ISSUING_URL,)
    )
    behind = World().put("WAP02", clock(-3600))
    said = judged(behind, soon)

    assert told(World(), soon)[0] == "passes"
    assert (said.verdict.value, said.reasons[0].code) == ("fails", "not-time-valid")
    assert said.why.endswith("(its clock is 1:00:00 behind, and it judges by that)")
    assert judged(World().put("WAP02", clock(30)), soon).verdict.value == "passes"
    ahead = judged(World().put("WAP02", clock(3600)))
    assert ahead.holds_until == NOW + timedelta(days=6) - timedelta(hours=1)


def test_who_has_the_renewed_certificate_of_an_expired_ca_is_told() -> None:
    old = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, ends=NOW - timedelta(days=1), crls=(URL,))
    said = judged(holding(World().take("WAP02", CA).put("WAP02", stored("CA", old)), old))

    assert said.reasons[0].code == "not-time-valid"
    assert "a valid one of this key exists; STS01, STS02, WAP01 have it there by hand" in said.why
