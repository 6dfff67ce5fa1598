"""A list of issuers that Schannel would cut off is found."""

from farmsight_collector.rules.tls.issuer_list_too_long import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, made_certificate, sha1, silent, summary
from tests.fakes.farms import FARM


def fill(plan, name, store, count):
    for n in range(count):
        der = made_certificate(f"{n:04} " + "authority with a long name " * 2, ca=True)
        plan.blobs.append(der)
        plan.put(name, f"{store}/{sha1(der)}", pb.StoreCertificate(store=store, certificate=summary(der)))


def sends(plan, name):
    plan.put(name, "SendTrustedIssuerList", pb.SchannelSetting(name="SendTrustedIssuerList", number=1))


def test_a_root_store_that_is_sent_and_too_long_is_found():
    plan = healthy()
    fill(plan, "WAP01", "ROOT", 240)
    silent(RULE, plan)
    sends(plan, "WAP01")
    fires(RULE, plan, "WAP01", subject="ROOT")


def test_a_short_store_of_its_own_is_right():
    plan = healthy()
    fill(plan, "WAP01", "ROOT", 240)
    fill(plan, "WAP01", "ClientAuthIssuer", 2)
    sends(plan, "WAP01")
    silent(RULE, plan)


def test_a_store_named_by_the_binding_counts_whatever_the_setting_says():
    plan = healthy()
    fill(plan, "WAP01", "adfsclient", 240)
    plan.edit("WAP01", "tls-binding", f"{FARM}:49443", ctl_store="AdfsClient")
    fires(RULE, plan, "WAP01", subject="adfsclient")


def test_certificates_that_were_not_seen_are_in_doubt():
    plan = healthy()
    sends(plan, "WAP01")
    plan.blobs.clear()
    cannot_tell(RULE, plan, "WAP01")
