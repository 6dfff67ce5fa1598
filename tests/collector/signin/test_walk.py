"""Whole farms: which pairs there are, what fails on which, and the one line that answers."""

import json
from dataclasses import replace

import pytest

from farmsight_collector.model.verdict import Verdict, together
from farmsight_collector.queries.trace import message
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.signin import asked, walk
from farmsight_collector.signin.registry import ASKED
from farmsight_collector.signin.trace import HOPS
from farmsight_wire.v1 import facts_pb2 as pb
from tests.collector.signin.scenes import ADA, INSIDE, farm, hop, ill, judged_by, judging, said, traced
from tests.fakes import adfs_farms
from tests.fakes.adfs_farms import ADDRESSES, endpoint, endpoint_key
from tests.fakes.farms import FARM

MISSING = "CN=Contoso Issuing CA 1 is not in its CA store"


@pytest.mark.parametrize("mode", ["classic", "alternate"])
def test_a_healthy_farm_passes_on_every_pair(mode) -> None:
    trace = traced(farm(mode))

    assert trace.verdict is Verdict.PASSES
    assert trace.answer == "passes on 4 extranet pairs and 2 intranet servers: every hop is proven"
    assert [path.via for path in trace.paths] == [
        ("WAP01", "STS01"), ("WAP01", "STS02"), ("WAP02", "STS01"), ("WAP02", "STS02"), ("STS01",), ("STS02",),
    ]  # fmt: skip
    assert trace.notes == ("what this stands on runs out first on STS01, on 2026-11-29 10:00 UTC",)


def test_every_hop_is_told_on_every_path_in_the_order_of_the_sign_in() -> None:
    trace = traced(farm())

    order = list(HOPS)
    for path in trace.paths:
        places = [order.index(one.hop) for one in path.hops]
        assert places == sorted(places)
    assert {one.hop for path in trace.paths for one in path.hops} == set(HOPS)


def test_an_issuing_ca_missing_on_one_wap_fails_its_pairs_and_the_answer_names_it() -> None:
    gone = ill("issuer-missing", MISSING, "STORE-03")
    faults = {("WAP02", "system"): gone, ("WAP02", "network-service"): gone}

    trace = traced(farm(), judge=judging(faults))

    assert trace.verdict is Verdict.FAILS
    assert trace.answer == (f"WAP02 cannot build the chain: {MISSING} (2 of 4 extranet pairs fail; the others pass)")
    assert trace.notes[0] == "extranet: 2 of 4 pairs fail: through WAP02; to users it fails now and then"
    found = hop(trace, "wap-chain", "WAP02", "system")
    assert found.catalogue == ("STORE-03",)
    assert "CAPI2" in found.administrator_sees


def test_hops_after_the_first_failing_one_are_still_told() -> None:
    faults = {("WAP02", "system"): ill("issuer-missing", MISSING, "STORE-03")}
    path = next(p for p in traced(farm(), judge=judging(faults)).paths if p.via == ("WAP02", "STS01"))

    failing = next(place for place, one in enumerate(path.hops) if one.verdict is Verdict.FAILS)

    assert {one.hop for one in path.hops[failing + 1 :]} >= {"forwarding", "adfs-chain", "claim-rules", "user-mapping"}


def test_two_faults_on_different_servers_are_both_in_the_answer_with_what_they_come_to() -> None:
    plan = farm()
    plan.edit("STS02", "service", "adfssrv", state=pb.SERVICE_STATE_STOPPED)
    faults = {("WAP02", "system"): ill("issuer-missing", MISSING, "STORE-03")}

    answer = traced(plan, judge=judging(faults)).answer

    assert f"WAP02 cannot build the chain: {MISSING} (2 of 4 extranet pairs fail)" in answer
    assert "STS02 does not run the AD FS service" in answer
    assert "in all, 3 of 4 extranet pairs fail, 1 of 2 intranet servers fails; the others pass" in answer
    assert "\n" not in answer


def test_the_answer_never_passes_while_a_hop_that_matters_is_unknown() -> None:
    plan = farm()
    plan.lose("WAP01", "listener")
    plan.drop("OUT01", "tls-endpoint")
    trace = traced(plan)

    assert trace.verdict is Verdict.UNKNOWN
    assert trace.answer.startswith("not known whether it works: nothing fails on 4 extranet pairs")
    assert "To learn it: " in trace.answer


def test_names_from_hostile_certificates_do_not_break_the_line() -> None:
    faults = {("WAP02", "system"): ill("issuer-missing", "CN=x\r\nPASSES\x1b[2J is not there", "STORE-03")}

    answer = traced(farm(), judge=judging(faults)).answer

    assert answer.isprintable()


def test_many_reasons_are_cut_in_the_answer_and_kept_in_the_hop() -> None:
    why = "; ".join(f"whether CN=CA {number} is revoked can't be learned" for number in range(9))
    trace = traced(farm(), judge=judging({("WAP02", "system"): ill("revocation-offline", why, "CRL-01")}))

    assert " ... (2 of 4 extranet pairs fail" in trace.answer
    assert why in hop(trace, "wap-revocation", "WAP02", "system").why


def test_only_the_paths_asked_for_are_walked() -> None:
    assert {path.path for path in traced(farm(), paths=("intranet",)).paths} == {"intranet"}
    assert {path.path for path in traced(farm(), paths=("extranet",)).paths} == {"extranet"}


def test_a_proxy_whose_name_leads_to_one_node_forwards_to_that_node_alone() -> None:
    trace = traced(adfs_farms.healthy(), paths=("extranet",))

    assert [path.via for path in trace.paths] == [("WAP01", "STS01"), ("WAP02", "STS01")]


def _without_proxies():
    """Return a farm whose AD FS nodes trust no proxy."""
    plan = adfs_farms.healthy(waps=())
    key = f"AdfsTrustedDevices/{adfs_farms.sha1(adfs_farms.TRUST)}"
    plan.drop(adfs_farms.ADFS_NODES, "store-certificate", key)
    return plan


def test_proxies_that_ad_fs_trusts_and_nobody_reports_from_are_ways_of_which_nothing_is_known() -> None:
    trace = traced(adfs_farms.healthy(waps=()))

    assert [path.via for path in trace.paths if path.path == "extranet"] == [("WAP", "STS01"), ("WAP", "STS02")]
    assert trace.verdict is Verdict.UNKNOWN
    assert any("AD FS trusts the proxy WAP, and nothing is reported from any" in note for note in trace.notes)


def test_a_farm_without_a_proxy_says_so_and_takes_the_nodes_where_outsiders_reach_them() -> None:
    plan = _without_proxies()
    trace = traced(plan)

    assert [(path.path, path.via) for path in trace.paths] == [
        ("extranet", ("STS01",)), ("extranet", ("STS02",)), ("intranet", ("STS01",)), ("intranet", ("STS02",)),
    ]  # fmt: skip
    assert any("no proxy is known; clients outside reach the AD FS nodes themselves" in note for note in trace.notes)

    plan.drop("OUT01", "tls-endpoint")
    trace = traced(plan)

    assert {path.path for path in trace.paths} == {"intranet"}
    assert any(note.startswith("extranet: no proxy is known, and nobody outside") for note in trace.notes)


def test_users_that_reach_ad_fs_without_a_proxy_are_on_a_side_that_is_not_known() -> None:
    plan = _without_proxies()
    plan.edit("STS01", "adfs-authentication-provider", "CertificateAuthentication", primary_intranet=adfs_farms.NO)
    trace = traced(plan)

    assert said(trace, "authentication-provider", path="extranet") == "unknown"
    assert said(trace, "authentication-provider", path="intranet") == "fails"


def test_a_single_server_is_a_farm() -> None:
    trace = traced(farm(adfs=("STS01",), waps=()))

    assert [path.via for path in trace.paths if path.path == "intranet"] == [("STS01",)]
    assert said(trace, "adfs-chain", "STS01", "system") == "passes"


def test_one_proxy_before_one_node_is_a_farm_that_passes() -> None:
    plan = farm(adfs=("STS01",), waps=("WAP01",))
    plan.edit("WAP01", "wap-configuration", "-", connected_servers=["WAP01"])
    trace = traced(plan)

    assert trace.answer == "passes on 1 extranet pair and 1 intranet server: every hop is proven"


def test_a_proxy_without_any_ad_fs_node_is_not_known_to_work() -> None:
    plan = farm()
    plan.remove("STS01", "STS02")
    trace = traced(plan)

    assert trace.verdict is Verdict.UNKNOWN
    assert {path.via for path in trace.paths} == {("WAP01",), ("WAP02",)}
    assert said(trace, "adfs-chain") == "unknown"
    assert any("intranet: no AD FS node is known" in note for note in trace.notes)


def test_an_empty_farm_has_no_way_and_the_answer_says_so() -> None:
    plan = farm()
    plan.remove(*plan.roles)
    trace = traced(plan)

    assert (trace.verdict, trace.paths) == (Verdict.UNKNOWN, ())
    assert trace.answer.startswith("not known: ")


def test_a_node_that_nobody_reports_from_is_a_way_of_which_nothing_is_known() -> None:
    plan = farm()
    plan.put("STS01", "sts03.contoso.com", pb.AdfsNode(name="sts03.contoso.com"))
    trace = traced(plan)

    assert ("WAP01", "sts03.contoso.com") in [path.via for path in trace.paths]
    assert trace.verdict is Verdict.UNKNOWN
    assert any("sts03.contoso.com belongs to the farm" in note for note in trace.notes)


def _third_party(plan, product="", **binding):
    plan.remove("WAP01", "WAP02")
    plan.roles["LB01"] = "proxy"
    plan.put("LB01", "LB01", pb.HostIdentity(computer_name="LB01", addresses=[ADDRESSES["WAP01"]]))
    plan.states["LB01", "http-sys", "tls-binding", None] = "observed"
    listener = pb.Listener(address="0.0.0.0", port=49443, process_name=product)
    plan.put("LB01", "0.0.0.0:49443", listener)
    if product:
        held = adfs_farms.binding(FARM, 49443, product=product, **binding)
        plan.put("LB01", f"{FARM}:49443", held)
    return plan


def test_a_third_party_proxy_that_ends_tls_without_adfspip_fails_the_forwarding() -> None:
    trace = traced(_third_party(farm(), "nginx"), paths=("extranet",))

    assert hop(trace, "forwarding", "LB01").catalogue == ("WAP-05",)
    assert said(trace, "wap-chain", "LB01", "proxy-service") == "passes"
    assert all(path.verdict is Verdict.FAILS for path in trace.paths)


def test_a_third_party_proxy_that_passes_tls_on_leaves_everything_to_ad_fs() -> None:
    trace = traced(_third_party(farm()), paths=("extranet",))

    assert said(trace, "forwarding", "LB01") == "passes"
    assert said(trace, "load-balancer") == "passes"
    assert said(trace, "port", "STS01") == "passes"
    assert said(trace, "adfs-chain", "STS01", "system") == "passes"
    assert "wap-chain" not in {one.hop for path in trace.paths for one in path.hops}


def test_a_hop_that_breaks_is_unknown_and_silences_no_other(monkeypatch) -> None:
    def broken(_scene, _way):
        raise RuntimeError("boom")

    changed = tuple(replace(one, look=broken) if one.hop == "ntauth" else one for one in ASKED)
    monkeypatch.setattr(walk, "ASKED", changed)
    trace = traced(farm())

    assert hop(trace, "ntauth").why == "the hop failed: RuntimeError: boom"
    assert said(trace, "user-mapping") == "passes"
    assert trace.verdict is Verdict.UNKNOWN


def test_a_hop_that_the_schema_does_not_name_is_refused() -> None:
    with pytest.raises(ValueError, match="not among the hops"):
        replace(ASKED[0], hop="nonsense")


def test_paths_share_the_hops_that_do_not_depend_on_them() -> None:
    adfs = tuple(f"STS{n:02}" for n in range(1, 26))
    waps = tuple(f"WAP{n:02}" for n in range(1, 26))
    for place, name in enumerate((*adfs, *waps)):
        ADDRESSES.setdefault(name, f"10.9.0.{place + 1}")
    view = farm(adfs=adfs, waps=waps).farm()
    nothing = Evaluation(farm=view.name, as_of=view.as_of, findings=())

    with judged_by(judging()):
        trace = walk.traced(view, nothing, ADA)

    assert len(trace.paths) == 625 + 25
    distinct = {id(one) for path in trace.paths for one in path.hops}
    assert len(distinct) < 625 + 25 * 2 * 12 + 40
    assert len(message(trace).hops) <= len(distinct)
    assert trace.verdict is Verdict.PASSES


def test_more_ways_than_can_be_looked_at_are_cut_and_that_is_said(monkeypatch) -> None:
    monkeypatch.setattr(walk, "MOST_WAYS", 3)
    trace = traced(farm(), paths=("extranet",))

    assert len(trace.paths) == 3
    assert "extranet: only the first 3 of 4 pairs were looked at" in trace.notes


def test_a_path_comes_to_what_its_hops_come_to() -> None:
    plan = farm()
    plan.lose("WAP01", "wap-trust-certificate")
    for path in traced(plan).paths:
        assert path.verdict is together(one.verdict for one in path.hops if one.matters)


def test_a_certificate_whose_looks_at_a_vip_fail_names_the_vip() -> None:
    plan = farm()
    seen = endpoint(FARM, 49443, INSIDE, asks=True, path="/adfs/x", tcp=pb.TCP_OUTCOME_TIMED_OUT)
    plan.put("STS01", endpoint_key(seen), seen)

    found = hop(traced(plan), "load-balancer", path="intranet")

    assert found.why == f"Port 49443 is not reachable at {INSIDE}, seen from STS01"


def test_evidence_is_bounded() -> None:
    plan = farm()
    for number in range(40):
        name = f"d{number}.example.com"
        plan.put("STS01", name, pb.EntraDomain(name=name, authentication_type="Managed", verified=adfs_farms.YES))

    assert len(hop(traced(plan), "user-mapping").evidence) <= asked.MOST_EVIDENCE
    assert json.dumps([one.why for path in traced(plan).paths for one in path.hops])
