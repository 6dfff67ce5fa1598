"""The tree of CAs: by key, with where each stands and where it is missing."""

from datetime import timedelta

from farmsight_collector.correlate.judgement import judge
from farmsight_collector.queries.authorities import Branch, Tree, answer
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW
from tests.fakes.pki import CLIENT_AUTH, ISSUING, ROOT, World, make, stored, tenant


def tree(world: World) -> Tree:
    farm = world.farm()
    return answer(Evaluated(farm=farm, evaluation=judge(farm)))


def branch(found: Tree, subject: str) -> Branch:
    return next(one for one in found.branches if one.subject == subject and not one.again)


def test_an_issuing_ca_stands_below_its_root() -> None:
    found = tree(World())

    assert [(one.subject, one.depth, one.root) for one in found.branches] == [
        (ROOT.subject, 0, True),
        (ISSUING.subject, 1, False),
    ]


def test_each_store_and_origin_tells_its_servers() -> None:
    world = World().put("WAP01", stored("CA", ISSUING, facts_pb2.STORE_ORIGIN_GROUP_POLICY))
    (copy,) = branch(tree(world), ISSUING.subject).copies

    assert {(stand.store, stand.origin): stand.servers for stand in copy.stands} == {
        ("CA", "group policy"): ("WAP01",),
        ("CA", "registry"): ("STS01", "STS02", "WAP02"),
        ("NTAuth", "registry"): ("STS01", "STS02"),
    }


def test_a_server_that_lacks_it_is_named_and_one_whose_store_is_not_known_is_not() -> None:
    world = World().take("WAP01", f"CA/{ISSUING.sha1}").blinded("WAP02", "certificate-stores", "CA")
    found = tree(world)

    (lack,) = branch(found, ISSUING.subject).lacks
    assert (lack.store, lack.servers, lack.sure) == ("CA", ("WAP01",), True)
    assert [(server, store) for server, store, _ in found.unknown] == [("WAP02", "CA")]


def test_an_intermediate_among_the_roots_is_marked_with_what_the_rule_says() -> None:
    world = World().put("STS02", stored("ROOT", ISSUING))
    stands = branch(tree(world), ISSUING.subject).copies[0].stands
    wrong = [(stand.store, stand.servers, [one.rule.code for one in stand.wrong]) for stand in stands if stand.wrong]

    assert wrong == [("ROOT", ("STS02",), ["store.non-root-in-root"])]
    assert branch(tree(world), ISSUING.subject).wrong


def test_a_certificate_in_a_store_of_an_account_is_shown_there_for_the_machine_does_not_look_into_it() -> None:
    lying = stored("CA", ISSUING, account="CONTOSO\\admin")
    lying.store_certificate.location = facts_pb2.STORE_LOCATION_USER
    lying.key = f"CA/{ISSUING.sha1}"
    world = World().take("WAP01", f"CA/{ISSUING.sha1}").put("WAP01", lying)
    found = branch(tree(world), ISSUING.subject)

    assert ("CA of CONTOSO\\admin", ("WAP01",)) in [(s.store, s.servers) for s in found.copies[0].stands]
    assert found.lacks


def test_one_name_with_two_keys_is_two_cas() -> None:
    renewed = make("Contoso Issuing CA 1", ROOT)
    world = World().put_all(stored("CA", renewed))
    world.blobs.append(renewed.der)
    both = [one for one in tree(world).branches if one.subject == ISSUING.subject]

    assert len(both) == 2
    assert {one.other_keys for one in both} == {1}
    assert len({one.key for one in both}) == 2


def test_two_certificates_of_one_key_are_one_ca() -> None:
    again = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, ends=NOW + timedelta(days=900))
    world = World().put_all(stored("CA", again))
    world.blobs.append(again.der)

    (one,) = [one for one in tree(world).branches if one.subject == ISSUING.subject]
    assert {copy.sha1 for copy in one.copies} == {ISSUING.sha1, again.sha1}


def test_a_ca_that_two_issued_stands_below_both_and_in_full_once() -> None:
    other = make("Contoso Root CA 2")
    crossed = make("Contoso Issuing CA 1", other, key=ISSUING.key)
    world = World().put_all(stored("ROOT", other), stored("CA", crossed)).put("STS01", tenant(other, root=True))
    world.blobs += [other.der, crossed.der]
    shown = [(one.depth, one.again) for one in tree(world).branches if one.subject == ISSUING.subject]

    assert sorted(shown) == [(1, False), (1, True)]


def test_an_ended_certificate_says_so() -> None:
    ended = make("Contoso Old CA", ROOT, ends=NOW - timedelta(days=3), usages=(CLIENT_AUTH,))
    world = World().put_all(stored("CA", ended)).put("STS01", tenant(ended))
    world.blobs.append(ended.der)

    assert [copy.validity for copy in branch(tree(world), ended.subject).copies] == ["ended"]


def test_of_a_farm_that_says_nothing_no_ca_is_known() -> None:
    assert tree(World(roles={})).branches == ()
