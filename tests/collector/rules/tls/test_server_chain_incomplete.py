"""A server that keeps the CA of its own certificate to itself is named."""

from farmsight_collector.rules.tls.server_chain_incomplete import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, cannot_tell, fires, healthy, made_certificate, sha1, silent, summary

SUB = made_certificate("Public CA", issuer="Public Root", ca=True)
PUBLIC_ROOT = made_certificate("Public Root", ca=True)


def farm(*sent, known=SUB):
    """Return a farm whose WAP01 sends further certificates after its own; WAP02 holds the CA."""
    plan = healthy()
    plan.blobs += [SUB, PUBLIC_ROOT]
    if known is not None:
        plan.put("WAP02", f"CA/{sha1(known)}", pb.StoreCertificate(store="CA", certificate=summary(known)))
    for (_, kind, _, key), seen in plan.facts.items():
        for shake in seen.handshakes if kind == "tls-endpoint" else ():
            shake.chain.extend(summary(der) for der in (sent if key.endswith(ADDRESSES["WAP01"]) else (SUB,)))
    return plan


def test_the_server_that_sends_its_own_certificate_alone_is_named():
    fires(RULE, farm(), "WAP01", subject="CN=Public CA")


def test_a_whole_chain_with_or_without_its_root_is_right():
    silent(RULE, farm(SUB))
    silent(RULE, farm(SUB, PUBLIC_ROOT))


def test_an_issuer_that_nobody_knows_may_be_a_root():
    silent(RULE, farm(known=None))


def test_a_certificate_of_a_root_itself_needs_nothing_between():
    root = made_certificate("Public CA", ca=True)
    silent(RULE, farm(known=root))


def test_looks_that_are_not_known_leave_it_open():
    plan = farm()
    plan.lose("OUT01", "tls-endpoint")
    cannot_tell(RULE, plan)
