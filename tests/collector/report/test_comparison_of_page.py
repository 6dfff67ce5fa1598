"""Servers of a role side by side."""

from farmsight_collector.report.comparison import SIDE_BY_SIDE, comparisons
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact, farm, server

CA, OWN, BOUND = "a" * 40, "b" * 40, "c" * 40


def stored(store: str, sha1: str) -> facts_pb2.Fact:
    shown = facts_pb2.CertificateSummary(sha1=sha1, subject="CN=one")
    return fact(facts_pb2.StoreCertificate(store=store, certificate=shown), f"{store}/{sha1}")


def bound(**flags) -> facts_pb2.Fact:
    made = facts_pb2.TlsBinding(host="sts", port=443, certificate_sha1=BOUND, store="MY", **flags)
    return fact(made, "sts:443")


STORES = [("certificate-stores", store, None) for store in ("CA", "MY")]


def test_the_words_in_which_two_servers_differ_are_marked_and_the_others_are_not() -> None:
    made = farm(server("WAP01", "wap", bound(ctl_store="ClientAuthIssuer")), server("WAP02", "wap", bound()))

    (one,) = comparisons(made)
    ((_, (row,)),) = one.kinds

    assert [[part for part, differs in value.parts if differs] for value in row.values] == [
        ["CTL store ClientAuthIssuer"],
        ["CTL store (null)"],
    ]
    assert ("store MY", False) in row.values[0].parts


def test_a_server_that_lacks_what_the_others_have_is_the_odd_one() -> None:
    lacking = server("WAP03", "wap", observed=STORES)
    made = farm(*(server(n, "wap", stored("CA", CA)) for n in ("WAP01", "WAP02")), lacking)

    (one,) = comparisons(made)
    ((kind, (row,)),) = one.kinds

    assert kind == "store-certificate"
    assert [(value.state, value.odd) for value in row.values] == [
        ("present", False),
        ("present", False),
        ("absent", True),
    ]


def test_what_was_expected_and_what_the_difference_means_stand_with_it() -> None:
    other = fact(facts_pb2.TlsBinding(host="sts", port=443, certificate_sha1=OWN, store="MY"), "sts:443")

    (one,) = comparisons(farm(server("WAP01", "wap", bound()), server("WAP02", "wap", other)))
    ((_, (row,)),) = one.kinds

    assert (row.expected, row.severity) == ("equal", "error")
    assert "another certificate by server" in row.meaning


def test_a_servers_own_certificate_stands_apart_but_one_that_a_binding_names_does_not() -> None:
    first = server("WAP01", "wap", bound(), stored("MY", OWN), stored("MY", BOUND))
    made = farm(first, server("WAP02", "wap", bound(), observed=STORES))

    (one,) = comparisons(made)

    assert [row.key for _, rows in one.kinds for row in rows] == [f"MY/{BOUND}"]
    assert [row.key for _, rows in one.own for row in rows] == [f"MY/{OWN}"]
    assert one.differences == 1


def test_many_servers_are_told_by_what_most_have_and_who_has_something_else() -> None:
    names = [f"WAP{n:02}" for n in range(SIDE_BY_SIDE + 2)]
    servers = [server(name, "wap", bound(negotiate_client_certificate=name != "WAP03")) for name in names]

    (one,) = comparisons(farm(*servers))
    ((_, (row,)),) = one.kinds

    assert one.wide
    assert row.majority
    assert len(row.have[0].servers) == len(names) - 1
    assert [have.servers for have in row.others] == [("WAP03",)]


def test_without_a_majority_none_is_claimed() -> None:
    names = [f"WAP{n:02}" for n in range(SIDE_BY_SIDE + 2)]
    servers = [server(name, "wap", bound(negotiate_client_certificate=name < "WAP04")) for name in names]

    (one,) = comparisons(farm(*servers))
    ((_, (row,)),) = one.kinds

    assert not row.majority
    assert {have.servers for have in row.others} == {tuple(names[:4]), tuple(names[4:])}


def test_one_server_of_a_role_is_compared_with_nobody() -> None:
    assert comparisons(farm(server("WAP01", "wap", bound()), server("STS01", "adfs", bound()))) == ()
