"""How long it takes to trace one user's certificate over fifty servers, with a CRL of half a million entries.

The bound is the least that can be done with such a CRL: parse it, check its signature, look one number up.
What is measured is the whole question, as the query service asks it: picture, rules, trace, message.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_collector.pki import crls
from farmsight_collector.queries import trace
from farmsight_collector.queries.evaluated import evaluated
from farmsight_collector.store import blobs
from farmsight_collector.store.engine import Store
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1 import query_pb2
from tests.bench import worlds
from tests.bench.reevaluation import fill, judge_farm, opened_store
from tests.bench.report import Figure, say
from tests.bench.worlds import ADFS_CONTEXTS, NOW, Server, Slot
from tests.fakes import pki
from tests.fakes.pki import CLIENT_AUTH, Made

BUDGET_S = 1.0
ROOT_URL = "http://pki.contoso.com/users-root.crl"
LARGE_URL = "http://pki.contoso.com/users.crl"
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
LOAD_BALANCER = "10.0.9.9"
CHAIN_HOPS = ("wap-chain", "wap-revocation", "adfs-chain", "adfs-revocation")

ROOT = pki.make("Contoso Users Root")
ISSUING = pki.make("Contoso Users CA", ROOT, crls=(ROOT_URL,))
ROOT_LIST = pki.crl_der(ROOT)
LOOKED_AT: tuple[Slot, ...] = (("certificate-stores", "DISALLOWED", pb.CONTEXT_UNSPECIFIED),)


class Took(NamedTuple):
    """Seconds on the clock, and of one processor."""

    wall: float
    busy: float


def user(name: str) -> Made:
    """Return a user's certificate whose CRL is the large one."""
    made = pki.make(name, ISSUING, ca=None, usages=(CLIENT_AUTH,), crls=(LARGE_URL,))
    text = f"{name.lower()}@contoso.com".encode()
    names = [x509.OtherName(UPN, bytes([0x0C, len(text)]) + text), x509.RFC822Name(text.decode())]
    return pki.extended(made, ISSUING, x509.SubjectAlternativeName(names), critical=False)


def measure(*, servers: int = 50, facts: int = 1000, entries: int = 500_000, rounds: int = 15) -> list[Figure]:
    """Return the first trace beside the bare CRL, and the median of those that follow."""
    serial = (1 << 126) | (1 << 32)  # one that is on the list
    at = {"this_update": NOW - timedelta(days=1), "next_update": NOW + timedelta(days=6)}
    large = bulk_crl(ISSUING.certificate, ISSUING.key, entries=entries, **at)
    bare = _bare(large, serial)
    say(f"trace: a CRL of {len(large) / 1e6:.0f} MB; bare parse, check and look-up in {bare * 1000:.0f} ms")
    farm = _farm(servers, facts, large)
    with opened_store() as store, _counted(large) as parsed:
        _fill(store, farm, large)
        judge_farm(store, worlds.FARM, NOW)  # as the watcher does after each change
        say(f"trace: {servers} servers with {sum(one.facts() for one in farm)} facts are in the store")
        first, answer = _asked(store, user("Ada"))
        _sound(answer)
        then = [_asked(store, user(f"User{number}"))[0] for number in range(rounds)]
    what = f"sign-in trace, {servers} servers ({len(answer.paths)} pairs), CRL of {entries} entries"
    wall, busy = (statistics.median(values) for values in zip(*then, strict=True))
    return [
        Figure(
            what=f"{what}: the first",
            measured=f"{first.wall * 1000:.0f} ms ({first.busy * 1000:.0f} of CPU), CRL parsed {len(parsed)} time(s)",
            bound=f"{bare * 1000:.0f} ms (bare CRL)",
            ratio=f"{bare / first.wall:.0%}",
            budget=f"< {BUDGET_S:.0f} s, parsed once",
            kept=first.wall < BUDGET_S and len(parsed) == 1,
        ),
        Figure(
            what=f"the same for another user (median of {rounds}), {answer.ByteSize() / 1e3:.0f} kB",
            measured=f"{wall * 1000:.0f} ms ({busy * 1000:.0f} of CPU, max {max(then).wall * 1000:.0f})",
            bound="-",
            ratio="-",
            budget=f"< {BUDGET_S:.0f} s",
            kept=wall < BUDGET_S,
        ),
    ]


def _bare(large: bytes, serial: int) -> float:
    began = time.perf_counter()
    sha256(large).digest()
    parsed = x509.load_der_x509_crl(large)
    key = ISSUING.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert parsed.is_signature_valid(key)
    assert parsed.get_revoked_certificate_by_serial_number(serial) is not None
    return time.perf_counter() - began


def _farm(servers: int, facts: int, large: bytes) -> list[Server]:
    made = worlds.large(servers, facts)
    for one in made:
        if one.role == "vantage":
            for fact in _fetched("caller", large):
                one.put(fact)
            continue
        for slot in LOOKED_AT:
            one.slots.setdefault(slot, {})
        one.put(pki.stored("ROOT", ROOT))
        one.put(pki.stored("CA", ISSUING))
        if one.role == "adfs":
            one.put(pki.stored("NTAuth", ISSUING))
        one.put(_behind_a_load_balancer(one))
        for context in ADFS_CONTEXTS:
            for fact in _fetched(context, large):
                one.put(fact)
    for tenant in (pki.tenant(ROOT, root=True, crl_url=ROOT_URL), pki.tenant(ISSUING, crl_url=LARGE_URL)):
        made[0].put(tenant)
    return made


def _behind_a_load_balancer(one: Server) -> pb.Fact:
    """Let the farm's name lead to no single node: each pair may serve."""
    [host] = [fact for state in one.slots.values() for (kind, _), fact in state.items() if kind == "host"]
    for resolution in host.host.resolutions:
        resolution.addresses[:] = [LOAD_BALANCER]
    return host


def _fetched(context: str, large: bytes) -> Iterator[pb.Fact]:
    for url, der, issuer, named in ((ROOT_URL, ROOT_LIST, ROOT, ISSUING), (LARGE_URL, large, ISSUING, ISSUING)):
        body = pki.crl(issuer, number="01" if der is large else "0a")
        digest = sha256(der).digest()
        yield pki.retrieval(url, context, named_by=(named,), body=body, body_sha256=digest, size=len(der))


def _fill(store: Store, farm: Sequence[Server], large: bytes) -> None:
    with store.write() as connection:
        for data in (ROOT.der, ISSUING.der, ROOT_LIST, large):
            blobs.put(connection, sha256(data).digest(), data, NOW)
    fill(store, worlds.FARM, list(farm))


def _asked(store: Store, who: Made) -> tuple[Took, query_pb2.TraceResponse]:
    """Ask as the query service does; return what it took, and the answer."""
    request = query_pb2.TraceRequest(certificate=who.der)
    began, busy = time.perf_counter(), time.process_time()
    with store.read() as connection:
        answer = trace.answer(evaluated(connection, worlds.FARM, NOW), request)
    answer.SerializeToString()
    return Took(time.perf_counter() - began, time.process_time() - busy), answer


def _sound(answer: query_pb2.TraceResponse) -> None:
    """Make sure that the work was done: every server built the chain, and the large CRL cleared the user."""
    judged = [hop for hop in answer.hops if hop.hop in CHAIN_HOPS]
    assert {hop.hop for hop in judged} == set(CHAIN_HOPS), {hop.hop for hop in answer.hops}
    for hop in judged:
        assert hop.verdict == query_pb2.TRACE_VERDICT_PASSES, f"{hop.server} {hop.hop}: {hop.why}"
    steps = [step for hop in judged for chain in hop.chains for step in chain.steps]
    assert any(LARGE_URL in covering for step in steps for covering in step.coverings)


@contextmanager
def _counted(large: bytes) -> Iterator[list[int]]:
    """Count how often the large CRL is parsed."""
    seen: list[int] = []
    parse = crls.x509.load_der_x509_crl

    def counting(data: bytes, *more: Any) -> x509.CertificateRevocationList:
        if len(data) == len(large):
            seen.append(len(data))
        return parse(data, *more)

    crls.x509.load_der_x509_crl = counting  # type: ignore[assignment]
    try:
        yield seen
    finally:
        crls.x509.load_der_x509_crl = parse  # type: ignore[assignment]
