"""A proxy that no node knows is named."""

from farmsight_collector.rules.wap.trust_lost import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADFS_NODES, SSL, TRUST, cannot_tell, fires, healthy, sha1, silent, summary

STORE = "AdfsTrustedDevices"


def known(plan, *nodes, der=TRUST):
    for node in nodes:
        plan.put(node, f"{STORE}/{sha1(der)}", pb.StoreCertificate(store=STORE, certificate=summary(der)))


def test_a_proxy_that_no_node_knows_is_named():
    plan = healthy()
    plan.drop(ADFS_NODES, "store-certificate", f"{STORE}/{sha1(TRUST)}")
    known(plan, *ADFS_NODES, der=SSL)
    plan.drop("WAP02", "wap-trust-certificate")
    plan.put("WAP02", sha1(SSL), pb.WapTrustCertificate(certificate=summary(SSL)))
    fires(RULE, plan, "WAP01", subject="WAP01")


def test_one_node_that_knows_it_is_trust():
    plan = healthy()
    plan.drop("STS02", "store-certificate", f"{STORE}/{sha1(TRUST)}")
    silent(RULE, plan)


def test_nodes_whose_store_is_not_known_may_have_it():
    plan = healthy()
    plan.lose(ADFS_NODES, "store-certificate", STORE)
    plan.drop(ADFS_NODES, "store-certificate", f"{STORE}/{sha1(TRUST)}")
    cannot_tell(RULE, plan, "WAP01", "WAP02")
