"""A server whose list of issuers lacks the users' CA is named."""

import pytest
from cryptography import x509

from farmsight_collector.rules.rule import Severity
from farmsight_collector.rules.tls.issuer_list_lacks_ca import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ADDRESSES,
    ISSUING,
    ROOT,
    SIGN_IN,
    TRUST,
    cannot_tell,
    endpoint,
    endpoint_key,
    fires,
    healthy,
    sha1,
    silent,
    summary,
)
from tests.fakes.farms import FARM


def name_of(der):
    return x509.load_der_x509_certificate(der).subject.public_bytes()


def sends(plan, target, *ders):
    seen = endpoint(FARM, 49443, ADDRESSES[target], asks=True, cas=[name_of(der) for der in ders],
                    path="/adfs/services/trust/2005/certificatetransport")  # fmt: skip
    plan.put("OUT01", endpoint_key(seen), seen)


def test_a_list_of_others_is_named():
    plan = healthy()
    sends(plan, "WAP02", TRUST)
    fires(RULE, plan, "WAP02", subject="CN=Contoso Issuing CA 1")


@pytest.mark.parametrize("der", [ROOT, ISSUING])
def test_the_root_or_the_issuing_ca_will_do(der):
    plan = healthy()
    sends(plan, "WAP02", TRUST, der)
    silent(RULE, plan)


def test_an_empty_list_takes_every_certificate():
    silent(RULE, healthy())


def test_without_a_known_ca_there_is_no_telling():
    plan = healthy()
    sends(plan, "WAP02", TRUST)
    plan.drop("STS01", "entra-authority")
    plan.drop(SIGN_IN, "store-certificate")
    cannot_tell(RULE, plan)


def test_a_list_that_lost_what_the_other_servers_name_is_an_error():
    plan = healthy()
    sends(plan, "WAP01", ROOT, ISSUING)
    sends(plan, "WAP02", ROOT)
    fires(RULE, plan, "WAP02", severity=Severity.ERROR)


def test_a_list_that_schannel_is_set_to_send_is_made_from_the_servers_own_store():
    plan = healthy()
    plan.put("WAP01", "SendTrustedIssuerList", pb.SchannelSetting(name="SendTrustedIssuerList", number=1))
    silent(RULE, plan)  # the list is made from ROOT, which holds the users' root

    held = pb.StoreCertificate(store="ClientAuthIssuer", certificate=summary(TRUST))
    plan.states["WAP01", "certificate-stores", "ClientAuthIssuer", None] = "observed"
    plan.put("WAP01", f"ClientAuthIssuer/{sha1(TRUST)}", held)
    fires(RULE, plan, "WAP01", severity=Severity.ERROR)
