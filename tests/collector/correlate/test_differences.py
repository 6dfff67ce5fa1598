"""What a difference between servers means, and whether it matters, is told with the comparison."""

import pytest

from farmsight_collector.queries import compare
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1 import query_pb2
from tests.fakes.adfs_farms import (
    ADFS_NODES,
    FARM,
    ISSUING,
    NO,
    OTHER_SSL,
    ROOT,
    TRUST,
    WAPS,
    YES,
    binding,
    healthy,
    made_certificate,
    sha1,
    summary,
)
from tests.fakes.stranger_farm import StrangerFarm, two_tier
from tests.fakes.stranger_look import Look

SHAPES = {
    "three tiers, 49443": StrangerFarm,
    "two tiers, certauth": lambda: StrangerFarm(pki=two_tier(), mode="alternate", newer=10),
}
WORDS = {
    query_pb2.SEVERITY_UNSPECIFIED: None,
    query_pb2.SEVERITY_INFO: Severity.INFO,
    query_pb2.SEVERITY_WARNING: Severity.WARNING,
    query_pb2.SEVERITY_ERROR: Severity.ERROR,
    query_pb2.SEVERITY_CRITICAL: Severity.CRITICAL,
}


def rows(plan, **asked):
    """Return the rows of a comparison by key."""
    return {row.key: row for row in compare.answer(plan.farm(), query_pb2.CompareRequest(**asked)).facts}


def told(row):
    return row.expectation, WORDS[row.severity]


def held(der, store, origin=pb.STORE_ORIGIN_REGISTRY):
    return pb.StoreCertificate(store=store, certificate=summary(der), origin=origin)


def store(plan, names, der, where, **more):
    for name in names:
        plan.put(name, f"{where}/{sha1(der)}", held(der, where, **more))


@pytest.mark.parametrize("role", ["", "adfs", "wap"])
def test_on_a_healthy_farm_no_difference_matters(role):
    amiss = [(row.kind, row.key, row.meaning) for row in rows(healthy(), role=role).values() if row.severity]
    assert not amiss


def test_a_ca_that_one_wap_lacks_matters_because_a_users_chain_needs_it():
    plan = healthy()
    plan.drop("WAP02", "store-certificate", f"CA/{sha1(ISSUING)}")
    row = rows(plan, role="wap")[f"CA/{sha1(ISSUING)}"]
    assert told(row) == ("equal", Severity.CRITICAL)
    assert "WAP02 lacks it, and users' chains need it there" in row.meaning


def test_a_ca_that_no_chain_needs_is_worth_knowing_only():
    plan, other = healthy(), made_certificate("Another Company CA", ca=True)
    store(plan, ["WAP01"], other, "ROOT")
    row = rows(plan, role="wap", only_differences=True)[f"ROOT/{sha1(other)}"]
    assert told(row)[1] is Severity.INFO


def test_group_policy_explains_why_the_workgroup_waps_never_get_what_the_nodes_have():
    plan = healthy()
    for name in WAPS:
        plan.drop(name, "store-certificate", f"CA/{sha1(ISSUING)}")
        plan.edit(name, "host", name, domain_joined=NO)
    store(plan, ADFS_NODES, ISSUING, "CA", origin=pb.STORE_ORIGIN_GROUP_POLICY)
    row = rows(plan)[f"CA/{sha1(ISSUING)}"]
    assert told(row) == ("equal", Severity.CRITICAL)
    assert "Group Policy gives it to STS01, STS02" in row.meaning
    assert "WAP01, WAP02 are in a workgroup and never get it so" in row.meaning


def test_where_the_nodes_have_it_from_is_told_when_proxies_alone_are_compared():
    plan = healthy()
    plan.drop("WAP02", "store-certificate", f"CA/{sha1(ISSUING)}")
    plan.edit("WAP02", "host", "WAP02", domain_joined=NO)
    store(plan, ["WAP01"], ISSUING, "CA")
    store(plan, ADFS_NODES, ISSUING, "CA", origin=pb.STORE_ORIGIN_ENTERPRISE)
    meaning = rows(plan, role="wap")[f"CA/{sha1(ISSUING)}"].meaning
    assert "the directory gives it to STS01, STS02" in meaning
    assert "WAP01 had it put there by hand" in meaning
    assert "WAP02 is in a workgroup and never gets it so" in meaning


def test_a_member_of_the_domain_is_not_said_to_be_out_of_a_policys_reach():
    plan = healthy()
    plan.drop("STS02", "store-certificate", f"CA/{sha1(ISSUING)}")
    plan.edit("STS02", "host", "STS02", domain_joined=YES)
    store(plan, ["STS01"], ISSUING, "CA", origin=pb.STORE_ORIGIN_GROUP_POLICY)
    assert "workgroup" not in rows(plan, role="adfs")[f"CA/{sha1(ISSUING)}"].meaning


def test_a_server_whose_store_is_not_known_lacks_nothing():
    plan = healthy()
    plan.lose("WAP02", "store-certificate", part="CA")
    row = rows(plan, role="wap")[f"CA/{sha1(ISSUING)}"]
    assert (row.differs, told(row)) == (False, ("equal", None))


def test_a_ca_that_one_server_distrusts_is_refused_there():
    plan = healthy()
    plan.states.update({(name, "certificate-stores", "DISALLOWED", None): "observed" for name in WAPS})
    store(plan, ["WAP01"], ROOT, "DISALLOWED")
    row = rows(plan, role="wap")[f"DISALLOWED/{sha1(ROOT)}"]
    assert told(row)[1] is Severity.CRITICAL
    assert "WAP01 refuses its users" in row.meaning


def test_a_proxy_that_one_node_does_not_trust():
    plan = healthy()
    plan.drop("STS02", "store-certificate", f"AdfsTrustedDevices/{sha1(TRUST)}")
    row = rows(plan, role="adfs")[f"AdfsTrustedDevices/{sha1(TRUST)}"]
    assert told(row) == ("equal", Severity.ERROR)
    assert "STS02 lacks it" in row.meaning


def test_another_certificate_on_one_binding_and_other_settings_weigh_differently():
    key = f"{FARM}:49443"
    other, settings = healthy(), healthy()
    other.put("WAP02", key, binding(FARM, 49443, OTHER_SSL))
    settings.put("WAP02", key, binding(FARM, 49443, verify_client_revocation=False))
    assert told(rows(other, role="wap")[key]) == ("equal", Severity.ERROR)
    assert "another certificate" in rows(other, role="wap")[key].meaning
    row = rows(settings, role="wap")[key]
    assert told(row)[1] is Severity.WARNING
    assert "the same certificate, with other settings" in row.meaning


def test_waps_and_nodes_with_different_certificates_for_one_name():
    plan, key = healthy(), f"{FARM}:443"
    for name in WAPS:
        plan.put(name, key, binding(FARM, 443, OTHER_SSL))
    assert told(rows(plan, role="wap")[key]) == ("equal", None)
    row = rows(plan)[key]
    assert told(row) == ("equal", Severity.WARNING)
    assert "another certificate" in row.meaning


def test_a_binding_that_one_wap_lacks():
    plan, key = healthy(), f"{FARM}:49443"
    plan.drop("WAP02", "tls-binding", key)
    row = rows(plan, role="wap")[key]
    assert told(row)[1] is Severity.ERROR
    assert "WAP02 lacks it" in row.meaning


def test_a_binding_to_an_address_of_the_servers_own_may_differ():
    plan = healthy()
    plan.put("WAP01", "10.1.0.21:443", binding("10.1.0.21", 443))
    row = rows(plan, role="wap")["10.1.0.21:443"]
    assert told(row) == ("may-differ", None)
    assert row.meaning


URL = "http://pki.contoso.com/issuing1.crl"


def fetched(plan, name, context, number, address="10.9.0.1", outcome=pb.RETRIEVAL_OUTCOME_OK, body=b"\1" * 32):
    crl = pb.CrlSummary(number=number, issuer="CN=Contoso Issuing CA 1")
    made = pb.Retrieval(purpose=pb.RETRIEVAL_PURPOSE_CRL, url=URL, outcome=outcome)
    if outcome == pb.RETRIEVAL_OUTCOME_OK:
        made.crl.CopyFrom(crl)
        made.body_sha256 = body
        made.hops.add(url=URL, address=address)
    plan.put(name, f"crl {URL}", made, context)


def matching(plan, context, **asked):
    answer = compare.answer(plan.farm(), query_pb2.CompareRequest(kind="retrieval", **asked))
    return [row for row in answer.facts if row.key == f"crl {URL}" and row.context == context]


def test_one_url_with_an_older_crl_on_one_server_names_the_numbers_and_the_address():
    plan = healthy()
    fetched(plan, "WAP01", "network-service", "0c")
    fetched(plan, "WAP02", "network-service", "0b", address="10.9.0.2", body=b"\2" * 32)
    [row] = matching(plan, pb.CONTEXT_NETWORK_SERVICE, role="wap")
    assert told(row) == ("equal", Severity.WARNING)
    assert "numbers 11 and 12 (the older by 10.9.0.2)" in row.meaning


def test_one_number_in_other_bytes_is_the_same_crl():
    plan = healthy()
    fetched(plan, "WAP01", "network-service", "0c")
    fetched(plan, "WAP02", "network-service", "0c", body=b"\2" * 32)
    [row] = matching(plan, pb.CONTEXT_NETWORK_SERVICE, role="wap")
    assert told(row)[1] is Severity.INFO


def test_a_url_that_one_server_can_not_have():
    plan = healthy()
    fetched(plan, "WAP01", "network-service", "0c")
    fetched(plan, "WAP02", "network-service", "", outcome=pb.RETRIEVAL_OUTCOME_TIMED_OUT)
    [row] = matching(plan, pb.CONTEXT_NETWORK_SERVICE, role="wap")
    assert told(row) == ("equal", Severity.ERROR)
    assert "WAP02 can't have it (timed out), others can" in row.meaning


def test_two_accounts_of_one_server_that_get_different_crls_are_set_side_by_side():
    plan = healthy()
    fetched(plan, "WAP01", "network-service", "0c")
    fetched(plan, "WAP01", "system", "0b", body=b"\2" * 32)
    [row] = matching(plan, pb.CONTEXT_UNSPECIFIED, role="wap")
    assert (row.differs, told(row)) == (True, ("equal", Severity.WARNING))
    assert row.values[0].text == "network-service: number 0c by 10.9.0.1; system: number 0b by 10.9.0.1"


def test_builds_are_compared_by_themselves():
    plan = healthy()
    plan.edit("WAP02", "host", "WAP02", os_version="10.0.17763", os_update_revision=1)
    row = rows(plan, role="wap", only_differences=True)["version and update of Windows"]
    assert (row.kind, told(row)) == ("host", ("equal", Severity.WARNING))
    assert "10.0.17763.1" in [value.text for value in row.values]


def test_two_primaries_are_one_too_many():
    plan = healthy()
    assert told(rows(plan, role="adfs")["role of the node"]) == ("must-differ", None)
    assert "role of the node" not in rows(plan, role="adfs", only_differences=True)
    plan.edit("STS02", "adfs-sync", "-", role=pb.SYNC_ROLE_PRIMARY)
    row = rows(plan, role="adfs", only_differences=True)["role of the node"]
    assert told(row) == ("must-differ", Severity.ERROR)
    assert "STS01, STS02 are all primary" in row.meaning


def test_two_proxies_with_one_trust_certificate_are_copies():
    row = rows(healthy(), role="wap", kind="wap-trust-certificate")[sha1(TRUST)]
    assert told(row) == ("must-differ", Severity.WARNING)  # the farm of these tests has one for both
    assert "WAP01, WAP02 have the same" in row.meaning


def test_a_service_under_another_account_on_one_node():
    plan = healthy()
    plan.edit("STS01", "service", "adfssrv", account_name="CONTOSO\\gmsa$", account_sid="S-1-5-21-1-2-3-7")
    plan.edit("STS02", "service", "adfssrv", account_name="CONTOSO\\other$", account_sid="S-1-5-21-1-2-3-8")
    row = rows(plan, role="adfs")["adfssrv"]
    assert told(row)[1] is Severity.ERROR
    assert "2 accounts" in row.meaning


def test_a_chain_that_one_server_refuses_and_another_does_not():
    plan, key = healthy(), "ab" * 20
    plan.put("WAP01", key, pb.ChainVerdict(), "network-service")
    plan.put("WAP02", key, pb.ChainVerdict(error_status=0x10000), "network-service")
    row = rows(plan, role="wap")[key]
    assert told(row) == ("equal", Severity.ERROR)
    assert "WAP02 refuses it (0x00010000), WAP01 does not" in row.meaning
    plan.put("WAP02", key, pb.ChainVerdict(application_policies=["1.3.6.1.5.5.7.3.2"]), "network-service")
    assert told(rows(plan, role="wap")[key])[1] is Severity.INFO


def test_health_is_no_setting_of_a_proxy_and_the_farm_that_it_serves_is_one():
    ill, other = healthy(), healthy()
    ill.edit("WAP02", "wap-configuration", "-", health_state="Error", connected_servers=["WAP02", "WAP01"])
    other.edit("WAP02", "wap-configuration", "-", federation_service_name="sts.fabrikam.com")
    assert told(rows(ill, role="wap")["-"])[1] is Severity.INFO
    assert told(rows(other, role="wap")["-"])[1] is Severity.ERROR


def test_a_setting_of_schannel_that_one_server_lacks_may_be_the_default_there():
    absent, other = healthy(), healthy()
    absent.drop("WAP02", "schannel-setting", "SendTrustedIssuerList")
    absent.states["WAP02", "schannel", "", None] = "observed"
    other.edit("WAP02", "schannel-setting", "SendTrustedIssuerList", number=1)
    row = rows(absent, role="wap")["SendTrustedIssuerList"]
    assert told(row)[1] is Severity.INFO
    assert "default" in row.meaning
    assert told(rows(other, role="wap")["SendTrustedIssuerList"])[1] is Severity.WARNING


def test_clocks_within_a_minute_are_equal():
    plan = healthy()
    for name, seconds in (("STS01", 2), ("STS02", -3)):
        offset = pb.ClockOffset(reference="collector")
        offset.offset.FromSeconds(seconds)
        plan.put(name, "collector", offset)
    row = rows(plan, role="adfs", kind="clock")["collector"]
    assert told(row) == ("equal", None)
    plan.edit("STS02", "clock", "collector", offset=offset.offset.__class__(seconds=400))
    assert told(rows(plan, role="adfs", kind="clock")["collector"])[1] is Severity.WARNING


@pytest.mark.parametrize("shape", SHAPES)
def test_on_farms_that_are_well_and_otherwise_shaped_no_difference_weighs(tmp_path, shape):
    farm = Look(tmp_path)(SHAPES[shape]()).picture.farm
    for role in ("", "adfs", "wap"):
        answer = compare.answer(farm, query_pb2.CompareRequest(role=role))
        heavy = [row for row in answer.facts if row.severity > query_pb2.SEVERITY_INFO]
        assert not [(row.kind, row.key, row.meaning) for row in heavy]
