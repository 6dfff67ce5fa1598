"""Each server's view of the chain and of its revocation, as each of its accounts."""

import pytest

from farmsight_collector.model.verdict import Verdict
from farmsight_wire.v1 import facts_pb2 as pb
from tests.collector.signin.scenes import ADA, farm, hop, ill, judging, said, traced

MISSING = "CN=Contoso Issuing CA 1, which issued CN=Ada Lovelace, is not in its CA store"
OFFLINE = "http://pki.contoso.com/issuing1+.crl: no connection comes about"
REVOKED = "CN=Ada Lovelace is revoked since 2026-11-20 08:00 UTC (keyCompromise)"


def test_every_account_that_validates_is_asked_and_each_server_once() -> None:
    asked = []

    def judge(farm_, server, context, leaf):
        asked.append((server.name, context))
        return judging()(farm_, server, context, leaf)

    trace = traced(farm(), judge=judge)

    assert sorted(asked) == [
        *[(node, account) for node in ("STS01", "STS02") for account in ("adfs-service", "system")],
        *[(proxy, account) for proxy in ("WAP01", "WAP02") for account in ("network-service", "system")],
    ]
    assert {(h.hop, h.context) for h in trace.paths[0].hops if h.context} == {
        ("wap-chain", "system"), ("wap-chain", "network-service"),
        ("wap-revocation", "system"), ("wap-revocation", "network-service"),
        ("adfs-chain", "adfs-service"), ("adfs-revocation", "adfs-service"),
    }  # fmt: skip
    assert ("adfs-chain", "system") in {(h.hop, h.context) for h in trace.paths[-1].hops}


@pytest.mark.parametrize(
    ("judgement", "chain", "revocation", "entry"),
    [
        (ill("issuer-missing", MISSING, "STORE-03"), "fails", "unknown", "STORE-03"),
        (ill("store-unknown", "ROOT was not read", verdict=Verdict.UNKNOWN), "unknown", "unknown", ""),
        (ill("revocation-offline", OFFLINE, "CRL-03"), "passes", "fails", "CRL-03"),
        (ill("revocation-unknown", "nobody fetched it", verdict=Verdict.UNKNOWN), "passes", "unknown", ""),
        (ill("revoked", REVOKED, "CRL-33"), "passes", "fails", "CRL-33"),
    ],
    ids=["issuer missing", "store unknown", "offline", "not fetched", "revoked"],
)
def test_one_judgement_gives_the_chain_and_its_revocation(judgement, chain, revocation, entry) -> None:
    faults = {("WAP02", "network-service"): judgement}
    trace = traced(farm(), judge=judging(faults))

    found = [hop(trace, name, "WAP02", "network-service") for name in ("wap-chain", "wap-revocation")]

    assert [one.verdict.value for one in found] == [chain, revocation]
    assert (entry in found[0].catalogue + found[1].catalogue) is bool(entry)
    assert all(one.judgement is judgement for one in found)
    assert said(trace, "wap-chain", "WAP02", "system") == "passes"


def test_a_wap_whose_network_service_cannot_fetch_the_delta_is_named_as_the_cause() -> None:
    faults = {("WAP02", "network-service"): ill("revocation-offline", OFFLINE, "CRL-03", "CRL-07")}

    trace = traced(farm(), judge=judging(faults), paths=("extranet",))

    assert trace.answer == (
        f"WAP02 fails the revocation check: {OFFLINE} (2 of 4 extranet pairs fail; the others pass)"
    )


def test_a_service_account_that_cannot_fetch_fails_on_both_paths_through_its_node() -> None:
    faults = {("STS01", "adfs-service"): ill("revocation-offline", OFFLINE, "CRL-02")}
    trace = traced(farm(), judge=judging(faults))

    assert said(trace, "adfs-revocation", "STS01", "adfs-service") == "fails"
    assert [p.via for p in trace.paths if p.verdict is Verdict.FAILS] == [
        ("WAP01", "STS01"), ("WAP02", "STS01"), ("STS01",),
    ]  # fmt: skip
    assert "(2 of 4 extranet pairs fail, 1 of 2 intranet servers fails; the others pass)" in trace.answer


def test_a_revoked_user_is_refused_with_date_and_reason_as_is_meant() -> None:
    gone = ill("revoked", REVOKED, "CRL-33")
    faults = {(s, a): gone for s in ("WAP01", "WAP02", "STS01", "STS02")
              for a in ("system", "network-service", "adfs-service")}  # fmt: skip

    trace = traced(farm(), judge=judging(faults))

    found = hop(trace, "wap-revocation", "WAP01")
    assert "2026-11-20 08:00 UTC (keyCompromise)" in trace.answer
    assert "as is meant" in found.user_sees
    assert "0x80092010" in found.administrator_sees


def test_a_binding_that_does_not_check_revocation_asks_for_none() -> None:
    faults = {("WAP01", "system"): ill("revocation-offline", OFFLINE, "CRL-01")}
    plan = farm()
    assert said(traced(plan, judge=judging(faults)), "wap-revocation", "WAP01", "system") == "fails"

    plan.edit("WAP01", "tls-binding", "sts.contoso.com:49443", verify_client_revocation=False)

    assert said(traced(plan, judge=judging(faults)), "wap-revocation", "WAP01", "system") == "passes"


def test_a_root_that_is_no_root_fails_what_schannel_checks_there() -> None:
    plan = farm()
    held = plan.get("WAP01", "store-certificate", next(k for k in _keys(plan, "WAP01") if k.startswith("CA/")))
    wrong = pb.StoreCertificate(store="ROOT", certificate=held.certificate)
    plan.put("WAP01", f"ROOT/{held.certificate.sha1}", wrong)
    trace = traced(plan)

    found = hop(trace, "wap-chain", "WAP01", "system")
    assert (found.verdict.value, found.catalogue) == ("fails", ("STORE-04",))
    assert "403.16" in found.user_sees
    assert said(trace, "wap-chain", "WAP01", "network-service") == "passes"


def _keys(plan, name):
    return [key for owner, kind, _, key in plan.facts if owner == name and kind == "store-certificate"]


def _own_word(plan, name, context, *, errors=0, revocation_error="", checked=pb.TRISTATE_YES):
    value = pb.ChainVerdict(
        error_status=errors, revocation_error=revocation_error, revocation_checked=checked,
        machine_engine=pb.TRISTATE_YES,
    )  # fmt: skip
    value.elements.add(certificate=pb.CertificateSummary(sha1=ADA.sha1), error_status=errors)
    plan.put(name, ADA.sha1, value, context)


UNTOLD = ill("revocation-unknown", "the CRL itself is not here", verdict=Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("fields", "verdict", "entry"),
    [
        ({}, "passes", ""),
        ({"errors": 0x1000040}, "fails", "CRL-03"),
        ({"errors": 0x4}, "fails", "CRL-33"),
        ({"revocation_error": "0x80092013", "checked": pb.TRISTATE_NO}, "fails", "CRL-03"),
        ({"checked": pb.TRISTATE_UNKNOWN}, "unknown", ""),
    ],
    ids=["passed", "offline", "revoked", "an error's code", "not checked"],
)
def test_the_servers_own_engine_is_taken_at_its_word_where_crls_tell_nothing(fields, verdict, entry) -> None:
    plan = farm()
    _own_word(plan, "WAP01", "network-service", **fields)

    found = hop(
        traced(plan, judge=judging({("WAP01", "network-service"): UNTOLD})),
        "wap-revocation",
        "WAP01",
        "network-service",
    )

    assert found.verdict.value == verdict
    assert not entry or found.catalogue == (entry,)


def test_the_engines_word_of_another_account_is_nothing() -> None:
    plan = farm()
    _own_word(plan, "WAP01", "caller")

    trace = traced(plan, judge=judging({("WAP01", "network-service"): UNTOLD}))

    assert said(trace, "wap-revocation", "WAP01", "network-service") == "unknown"


def test_the_engines_word_is_not_enough_where_fetches_can_no_longer_be_had() -> None:
    plan = farm()
    _own_word(plan, "WAP01", "network-service")
    plan.states["WAP01", "retrievals", "", "network-service"] = "denied"

    trace = traced(plan, judge=judging({("WAP01", "network-service"): UNTOLD}))

    assert said(trace, "wap-revocation", "WAP01", "network-service") == "unknown"


def test_a_chain_that_the_engine_refused_says_why() -> None:
    plan = farm()
    _own_word(plan, "STS01", "adfs-service", errors=0x10000)
    untold = ill("store-unknown", "CA was not read", verdict=Verdict.UNKNOWN)

    found = hop(traced(plan, judge=judging({("STS01", "adfs-service"): untold})), "adfs-chain", "STS01", "adfs-service")

    assert (found.verdict.value, found.catalogue) == ("fails", ("STORE-03",))
    assert "its own chain engine finds no issuer" in found.why
