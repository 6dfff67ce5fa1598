"""What is lost never makes a fault, or a doubt, pass."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farmsight_collector.model.verdict import Verdict
from farmsight_wire.v1 import facts_pb2 as pb
from tests.collector.signin.scenes import CRLS, Plan, farm, traced
from tests.fakes import adfs_farms
from tests.fakes.adfs_farms import ISSUING, NO, SSL, TRUST

FAULTS: dict[str, Callable[[Plan], object]] = {
    "none": lambda plan: None,
    "port closed": lambda plan: plan.drop("WAP02", "listener", "0.0.0.0:49443"),
    "not reserved": lambda plan: plan.drop("WAP02", "url-reservation", "https://+:49443/adfs/"),
    "foreign reservation": lambda plan: plan.put(
        "WAP01", "https://+:49443/adfs/", adfs_farms.reservation("https://+:49443/adfs/", "S-1-5-21-9-9-9-9999")
    ),
    "not bound": lambda plan: plan.drop("STS02", "tls-binding", "sts.contoso.com:49443"),
    "not asked": lambda plan: plan.edit(
        "STS02", "tls-binding", "sts.contoso.com:49443", negotiate_client_certificate=False
    ),
    "no certificate": lambda plan: plan.drop("STS02", "store-certificate", f"MY/{adfs_farms.sha1(SSL)}"),
    "trust lost": lambda plan: plan.drop("STS02", "store-certificate", f"AdfsTrustedDevices/{adfs_farms.sha1(TRUST)}"),
    "wap stopped": lambda plan: plan.edit("WAP01", "service", "appproxysvc", state=pb.SERVICE_STATE_STOPPED),
    "adfs stopped": lambda plan: plan.edit("STS01", "service", "adfssrv", state=pb.SERVICE_STATE_STOPPED),
    "other farm": lambda plan: plan.edit("WAP01", "wap-configuration", "-", federation_service_name="sts.old.com"),
    "page off": lambda plan: plan.edit("STS01", "adfs-endpoint", "/adfs/ls/", enabled=NO),
    "not in ntauth": lambda plan: plan.drop("STS01", "store-certificate", f"NTAuth/{adfs_farms.sha1(ISSUING)}"),
    "extranet off": lambda plan: plan.edit(
        "STS01", "adfs-authentication-provider", "CertificateAuthentication", primary_extranet=NO
    ),
    "no rules": lambda plan: plan.edit("STS01", "adfs-trust", "AD AUTHORITY", acceptance_transform_rules=""),
    "tenant lacks the CA": lambda plan: plan.drop("STS01", "entra-authority", adfs_farms.sha1(ISSUING)),
    "managed": lambda plan: plan.edit("STS01", "entra-domain", "contoso.com", authentication_type="Managed"),
    "prompt": lambda plan: plan.edit("STS01", "entra-domain", "contoso.com", prompt_login=pb.PROMPT_LOGIN_TRANSLATE),
    "crl not public": lambda plan: plan.edit(
        "STS01", "entra-authority", adfs_farms.sha1(ISSUING), crl_url="http://pki.contoso.local/x.crl"
    ),
    "crl unreachable": lambda plan: setattr(
        plan.facts["OUT01", "retrieval", "caller", f"crl {CRLS['Contoso Root CA']}"], "outcome", 5
    ),
    "name gone": lambda plan: [
        setattr(one, "outcome", pb.RESOLUTION_OUTCOME_NO_SUCH_NAME)
        for one in plan.get("OUT01", "host", "OUT01").resolutions
    ],
    "vip closed": lambda plan: [
        setattr(plan.facts[place], "tcp", pb.TCP_OUTCOME_TIMED_OUT)
        for place in plan.facts
        if place[0] == "OUT01" and place[1] == "tls-endpoint" and ":49443" in place[3]
    ],
}


def _lost(fault: str, lost: list[tuple[str, str, str, str | None]]):
    plan = farm()
    FAULTS[fault](plan)
    for state in lost:
        _, probe, part, context = state
        plan.states[state] = "denied"
        plan.facts = {
            place: value
            for place, value in plan.facts.items()
            if (place[0], _probe(place[1]), context) != (state[0], probe, place[2]) or _part(place) != part
        }
    return traced(plan)


def _probe(kind: str) -> str:
    return adfs_farms.KIND_BY_NAME[kind].probe


def _part(place: tuple[str, str, str | None, str]) -> str:
    return adfs_farms.part_of(adfs_farms.KIND_BY_NAME[place[1]], place[3])


STATES = sorted(farm().states, key=str)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FAULTS)), st.lists(st.sampled_from(STATES), min_size=1, max_size=4, unique=True))
def test_losing_what_was_known_turns_no_fault_and_no_doubt_into_passing(fault, lost) -> None:
    before, after = traced_whole(fault), _lost(fault, lost)

    assert after.verdict is not Verdict.PASSES or before.verdict is Verdict.PASSES
    known = {path.via: path for path in before.paths}
    for path in after.paths:
        if path.via in known and path.verdict is Verdict.PASSES:
            assert known[path.via].verdict is Verdict.PASSES, (fault, lost, path.via)


_whole: dict[str, object] = {}


def traced_whole(fault: str):
    """Return the trace with the fault and nothing lost."""
    if fault not in _whole:
        _whole[fault] = _lost(fault, [])
    return _whole[fault]


def test_every_fault_of_this_list_fails_when_all_is_known() -> None:
    verdicts = {fault: traced_whole(fault).verdict for fault in FAULTS}

    assert {fault for fault, verdict in verdicts.items() if verdict is not Verdict.FAILS} == {"none"}


def test_a_server_that_fell_silent_leaves_its_pairs_unknown() -> None:
    plan = farm()
    plan.stale.add("WAP02")
    trace = traced(plan)

    through = {path.via: path.verdict for path in trace.paths if path.path == "extranet"}
    assert through[("WAP02", "STS01")] is Verdict.UNKNOWN
    assert through[("WAP01", "STS01")] is Verdict.PASSES
    assert trace.verdict is Verdict.UNKNOWN
