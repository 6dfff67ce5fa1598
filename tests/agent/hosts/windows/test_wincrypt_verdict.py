"""The chain engine's bits and codes, as they go out."""

import pytest

from farmsight_agent.hosts.windows.stores import wincrypt_verdict
from farmsight_agent.hosts.windows.stores.wincrypt_verdict import OFFLINE, REVOCATION_UNKNOWN, REVOKED, Link, Verdict
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.pki import CLIENT_AUTH, ISSUING, ROOT, make

LEAF = make("alice", ISSUING, ca=False, usages=(CLIENT_AUTH,))


def link(der=LEAF.der, error=0, info=2, result=None, usages=()):
    return Link(der=der, error_status=error, info_status=info, revocation_result=result, usages=usages)


def test_a_chain_leaf_first():
    verdict = Verdict(
        links=(link(usages=("1.3.6.1.5.5.7.3.2",), result=0), link(ISSUING.der), link(ROOT.der, info=8)),
        error_status=0x20,
        info_status=0x100,
        policy_error=0x800B0109,
    )

    message = wincrypt_verdict.message(verdict)

    assert [one.certificate.sha1 for one in message.elements] == [LEAF.sha1, ISSUING.sha1, ROOT.sha1]
    assert (message.error_status, message.info_status, message.chain_error) == (0x20, 0x100, "0x800b0109")
    assert (message.revocation_checked, message.revocation_error) == (f.TRISTATE_YES, "")
    assert list(message.application_policies) == ["1.3.6.1.5.5.7.3.2"]
    assert not message.all_application_policies
    assert (message.machine_engine, message.leaf_is_ca) == (f.TRISTATE_YES, f.TRISTATE_NO)


def test_no_usages_at_all_are_not_any():
    any_usage = wincrypt_verdict.message(
        Verdict(links=(link(usages=None),), error_status=0, info_status=0, policy_error=0)
    )
    none = wincrypt_verdict.message(Verdict(links=(link(usages=()),), error_status=0, info_status=0, policy_error=0))

    assert any_usage.all_application_policies
    assert not none.all_application_policies
    assert not none.application_policies


@pytest.mark.parametrize(
    ("leaf", "checked", "code"),
    [
        (link(result=0), f.TRISTATE_YES, ""),
        (link(result=0x80092013, error=OFFLINE | REVOCATION_UNKNOWN), f.TRISTATE_NO, "0x80092013"),
        (link(result=0x80092010, error=REVOKED), f.TRISTATE_NO, "0x80092010"),
        (link(error=REVOKED | REVOCATION_UNKNOWN), f.TRISTATE_NO, "0x80092010"),
        (link(error=OFFLINE | REVOCATION_UNKNOWN), f.TRISTATE_NO, "0x80092013"),
        (link(error=REVOCATION_UNKNOWN), f.TRISTATE_NO, "0x80092012"),
        (link(), f.TRISTATE_YES, ""),
        (link(info=0xA), f.TRISTATE_UNKNOWN, ""),  # has signed itself: nobody is asked
        (link(error=0x10000), f.TRISTATE_UNKNOWN, ""),  # no issuer: nobody can be asked
    ],
)
def test_whether_the_leaf_was_checked(leaf, checked, code):
    assert wincrypt_verdict.revocation(leaf) == (checked, code)


def test_what_no_chain_is_made_of_is_refused_by_its_code():
    message = wincrypt_verdict.refused(b"no certificate", 0x80093102)

    assert message.chain_error == "0x80093102"
    assert message.elements[0].certificate.parse_error
    assert message.revocation_checked == f.TRISTATE_UNKNOWN
