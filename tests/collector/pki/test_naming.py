"""Who names a CA for users' chains, where no tenant and no NTAuth does."""

from dataclasses import replace

from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.naming import USER, VERIFIED
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.farms import fact
from tests.fakes.field import ISSUING as LISTED
from tests.fakes.field import ROLES, SSL, Folder, stored, verdict
from tests.fakes.field import ROOT as LISTED_ROOT
from tests.fakes.field import USER as ADA
from tests.fakes.pki import ISSUING, ROOT, World, make, summary, user
from tests.fakes.pki import stored as held


def given(made, *, der: bool = True) -> pb.Fact:
    return fact(pb.GivenCertificate(certificate=summary(made, der=der)), made.sha1)


def nobody_names(*facts: pb.Fact, **fields: object) -> World:
    world = World(tenant=False, **fields).take_all(f"NTAuth/{ISSUING.sha1}")
    return world.put("STS01", *facts)


def standings(world: World | Folder) -> dict[str, tuple[Standing, tuple[str, ...]]]:
    return {a.subject: (a.standing, a.sources) for a in user_chains(world.farm()).authorities}


def test_a_users_certificate_that_was_handed_in_names_its_issuer_by_key() -> None:
    ada = user()
    world = nobody_names(given(ada))
    world.blobs.append(ada.der)

    assert standings(world) == {
        ISSUING.subject: (Standing.NAMED, (USER,)),
        ROOT.subject: (Standing.NAMED, ()),
    }


def test_of_two_keys_of_one_name_the_one_that_signed_is_named() -> None:
    ada, other = user(), make("Contoso Issuing CA 1", ROOT)
    world = nobody_names(given(ada), held("CA", other))
    world.blobs += [ada.der, other.der]
    chains = user_chains(world.farm())

    assert chains.by_sha1[ISSUING.sha1].standing is Standing.NAMED
    assert chains.by_sha1[other.sha1].standing is Standing.HELD


def test_a_name_that_leads_to_two_cas_names_neither() -> None:
    """Without key identifiers, which of two certificates of one name issued it can't be told."""
    other = make("Contoso Issuing CA 1", ROOT)
    world = nobody_names(given(user(), der=False), held("CA", other, der=False))
    for name in world.roles:
        world.put(name, held("ROOT", ROOT, der=False), held("CA", ISSUING, der=False))
    world.blobs = []

    assert {standing for standing, _ in standings(world).values()} == {Standing.UNDECIDED}


def test_a_certificate_of_the_machines_own_store_is_no_users() -> None:
    ada = user()
    world = nobody_names(given(ada), held("MY", ada))
    world.blobs.append(ada.der)

    assert {standing for standing, _ in standings(world).values()} == {Standing.UNDECIDED}


def test_a_ca_that_was_handed_in_is_known_and_stands_in_no_store() -> None:
    other = make("Contoso Device CA", ROOT)
    world = nobody_names(given(other))
    known = inventory(world.farm()).known[other.sha1]

    assert [one.kind for one in known.held] == ["given-certificate"]
    assert other.subject not in standings(world)


def test_the_order_of_a_verdict_is_proof_of_issuance() -> None:
    folder = Folder(roles={"STS01": "adfs"}, verified=False)
    folder.put("STS01", verdict(ADA, LISTED, LISTED_ROOT), verdict(LISTED, LISTED_ROOT, ca=True, policies=()))

    assert standings(folder) == {
        LISTED.subject: (Standing.NAMED, tuple(sorted((USER, VERIFIED)))),
        LISTED_ROOT.subject: (Standing.NAMED, ()),
    }


def test_a_signature_that_the_engine_doubts_is_no_proof() -> None:
    folder = Folder(verified=False)
    folder.put("STS01", verdict(ADA, LISTED, LISTED_ROOT, errors={ADA: 0x8}))

    assert standings(folder)[LISTED.subject][1] == (USER,), "the only CA of the issuer's name"


def test_a_verdict_on_the_servers_own_certificate_names_nobody() -> None:
    folder = Folder(verified=False).put("STS01", verdict(SSL, LISTED, LISTED_ROOT))

    assert {standing for standing, _ in standings(folder).values()} == {Standing.UNDECIDED}


def test_a_tenants_object_without_thumbprint_joins_by_key_identifier() -> None:
    key = summary(ISSUING).subject_key_identifier
    name = pb.CertificateSummary(issuer="CN=whatever", subject_key_identifier=key)
    world = nobody_names(fact(pb.EntraAuthority(certificate=name), f"ski:{key}"))

    assert standings(world)[ISSUING.subject] == (Standing.NAMED, ("tenant",))


def test_an_engine_that_found_the_issuer_outweighs_a_name_that_fits_another() -> None:
    """A root that was renewed: the issuing CA's chain goes to one of two roots of one name."""
    second = replace(LISTED_ROOT, serial="02")
    folder = Folder()
    for name in ROLES:
        folder.put(name, stored("ROOT", second))
    chains = user_chains(folder.farm())

    assert chains.by_sha1[LISTED_ROOT.sha1].standing is Standing.NAMED
    assert second.sha1 not in chains.by_sha1
