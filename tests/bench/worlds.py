"""Farms of any size with what real servers hold: the facts of a healthy farm, and what surrounds them.

Beside the facts that rules read there are the certificates of a root programme, some hundred services, listeners,
reservations of other products, and retrievals of twelve URLs in three contexts.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from farmsight_agent.reporting import delta
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.digests import fact_digest, part_digest, probe_digest
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME, kind_of, part_of
from tests.fakes import adfs_farms
from tests.fakes.adfs_farms import Plan, healthy, made_certificate, sha1, summary
from tests.fakes.farms import FARM, FIELD_BY_TYPE, NOW

URLS = 12
ADFS_CONTEXTS = ("system", "adfs-service", "network-service")
ROOT_PROGRAMME = 150
CADENCE_S = 900

Slot = tuple[str, str, pb.Context.ValueType]  # probe, part, context
State = dict[tuple[str, str], pb.Fact]  # by kind and key


@dataclass
class Server:
    """One server: what each slot of it holds, which a benchmark changes as it goes."""

    name: str
    role: str
    slots: dict[Slot, State] = field(default_factory=dict)
    elsewhere: set[Slot] = field(default_factory=set)  # what is another server's to tell
    sequence: int = 0
    _sent: dict[Slot, telemetry_pb2.ProbeReport] = field(default_factory=dict)

    def put(self, fact: pb.Fact) -> Slot:
        """Let a fact be so; return where it belongs."""
        kind = kind_of(fact)
        slot = (kind.probe, part_of(kind, fact.key), fact.context)
        self.slots.setdefault(slot, {})[kind.name, fact.key] = fact
        return slot

    def reports(self, slots: Iterable[Slot], at: datetime) -> Iterator[telemetry_pb2.ProbeReport]:
        """Yield what an agent would send of these slots: all at first, then the change."""
        for slot in slots:
            whole = self._whole(slot, at)
            before = self._sent.get(slot)
            self._sent[slot] = whole
            self.sequence += 1
            told = whole if before is None else delta(before, whole)
            told.sequence = self.sequence
            yield told

    def check_in(self, probes: int) -> telemetry_pb2.CheckIn:
        """Return what an agent sends when so many probes ran and saw nothing new; in turn, all come up."""
        self.sequence += 1
        check_in = telemetry_pb2.CheckIn(sequence=self.sequence)
        check_in.clock.GetCurrentTime()
        names = sorted({probe for probe, _, _ in self._sent})
        for number in range(self.sequence * probes, self.sequence * probes + probes):
            name = names[number % len(names)]
            states = [(one.part, one.context, one.digest) for one in self._sent.values() if one.probe == name]
            check_in.ran.add(probe=name, digest=probe_digest(states), seconds_ago=7)
        return check_in

    def facts(self) -> int:
        """Return how many facts there are."""
        return sum(map(len, self.slots.values()))

    def _whole(self, slot: Slot, at: datetime) -> telemetry_pb2.ProbeReport:
        probe, part, context = slot
        held = [(kind, one, fact_digest(one)) for (kind, _), one in sorted(self.slots[slot].items())]
        outcome, reason = telemetry_pb2.PROBE_OUTCOME_OBSERVED, ""
        if slot in self.elsewhere:
            outcome, reason = telemetry_pb2.PROBE_OUTCOME_NOT_APPLICABLE, "not-primary"
        report = telemetry_pb2.ProbeReport(
            probe=probe,
            part=part,
            context=context,
            outcome=outcome,
            reason=reason,
            source="api",
            full=True,
            digest=part_digest(outcome, reason, ((kind, one.context, one.key, digest) for kind, one, digest in held)),
            fact_count=len(held),
            facts=[telemetry_pb2.FactEntry(digest=digest, fact=one) for _, one, digest in held],
        )
        report.started.FromDatetime(at)
        report.cadence.FromSeconds(CADENCE_S)
        return report


def small(adfs: int = 5, waps: int = 5) -> list[Server]:
    """Return the servers of a healthy farm, with what rules read and little else."""
    return list(_servers(_plan(adfs, waps)).values())


def large(servers: int = 50, facts: int = 1000) -> list[Server]:
    """Return the servers of a healthy farm, each with so many facts."""
    made = list(_servers(_plan(servers // 2, servers - servers // 2 - 1)).values())  # one looks from outside
    for one in made:
        _surround(one, facts)
    return made


@cache
def blobs() -> list[bytes]:
    """Return the bytes that the facts name."""
    plan = Plan()
    return [*plan.blobs, *root_programme()]


@cache
def root_programme() -> tuple[bytes, ...]:
    """Return root certificates as a platform ships them."""
    return tuple(made_certificate(f"Root Programme CA {n}", ca=True, days=4000 + n) for n in range(ROOT_PROGRAMME))


@cache
def _root_facts() -> tuple[pb.Fact, ...]:
    made = []
    for store, der in itertools.product(("ROOT", "AUTHROOT"), root_programme()):
        held = pb.StoreCertificate(store=store, certificate=summary(der), has_private_key=pb.TRISTATE_NO)
        made.append(pb.Fact(key=f"{store}/{sha1(der)}", store_certificate=held))
    return tuple(made)


def retrieval(number: int, context: str, issue: int = 0) -> pb.Fact:
    """Return the fetch of a CRL (every other one a delta) that went well; `issue` counts publications."""
    url = f"http://pki{number % 3}.contoso.com/cdp/Contoso%20Issuing%20CA%20{number}.crl"
    delta_list = number % 2 == 1
    value = pb.Retrieval(
        purpose=pb.RETRIEVAL_PURPOSE_DELTA if delta_list else pb.RETRIEVAL_PURPOSE_CRL,
        url=url,
        outcome=pb.RETRIEVAL_OUTCOME_OK,
        http_status=200,
        dns_addresses=["10.0.4.17", "10.0.4.18"],
        hops=[pb.Hop(url=url)],
        content_type="application/pkix-crl",
        body_kind=pb.BODY_KIND_DER_CRL,
        size=48_211,
        body_sha256=hashlib.sha256(f"{number} {issue}".encode()).digest(),
        took=pb.DURATION_CLASS_UNDER_1_S,
        signature=pb.SIGNATURE_CHECK_VERIFIED,
        expected_issuer_sha1=sha1(adfs_farms.ISSUING),
        crl=pb.CrlSummary(
            issuer="CN=Contoso Issuing CA 1",
            number=f"{0x1000 + issue:x}",
            delta_base_number="1000" if delta_list else "",
            authority_key_identifier="4f" * 20,
            entries=1_204,
            signature_algorithm="1.2.840.113549.1.1.11",
        ),
        named_by=[sha1(adfs_farms.ISSUING)],
    )
    value.crl.this_update.FromDatetime(NOW + timedelta(seconds=issue))
    value.crl.next_update.FromDatetime(NOW + timedelta(days=300, seconds=issue))
    key = f"{'delta' if delta_list else 'crl'} {url}"
    proof = pb.ContextProof(sid="S-1-5-20", account="NT AUTHORITY\\NETWORK SERVICE")
    return pb.Fact(key=key, context=CONTEXT_BY_NAME[context], asked_by=proof, retrieval=value)


def service(name: str, *, running: bool = True) -> pb.Fact:
    """Return a service."""
    value = adfs_farms.service(name)
    value.state = pb.SERVICE_STATE_RUNNING if running else pb.SERVICE_STATE_STOPPED
    return pb.Fact(key=name, service=value)


def _plan(adfs: int, waps: int) -> Plan:
    nodes, proxies = [f"STS{n:02}" for n in range(1, adfs + 1)], [f"WAP{n:02}" for n in range(1, waps + 1)]
    for third, names in enumerate((nodes, proxies)):
        for number, name in enumerate(names):
            adfs_farms.ADDRESSES.setdefault(name, f"10.{third}.1.{number + 1}")
    return healthy(adfs=nodes, waps=proxies)


def _servers(plan: Plan) -> dict[str, Server]:
    made = {name: Server(name, role) for name, role in plan.roles.items()}
    for (name, _kind, context, key), value in plan.facts.items():
        fact = pb.Fact(key=key, context=CONTEXT_BY_NAME[context])
        getattr(fact, FIELD_BY_TYPE[value.DESCRIPTOR.full_name]).CopyFrom(value)
        made[name].put(fact)
    for (name, probe, part, context), outcome in plan.states.items():
        slot = (probe, part, CONTEXT_BY_NAME[context])
        made[name].slots.setdefault(slot, {})
        if outcome == "not_applicable":
            made[name].elsewhere.add(slot)
    return made


def _surround(server: Server, facts: int) -> None:
    for context, number in itertools.product(ADFS_CONTEXTS, range(URLS)):
        server.put(retrieval(number, context))
    for context in ADFS_CONTEXTS:
        value = pb.ProxySetting(proxy_source=pb.PROXY_SOURCE_WINHTTP, direct=True)
        server.put(pb.Fact(key="winhttp", context=CONTEXT_BY_NAME[context], proxy_setting=value))
    for fact in _root_facts():
        server.put(fact)
    for number in range(40):
        name = f"Protocols/Other {number}/Server/Enabled"
        server.put(pb.Fact(key=name, schannel_setting=pb.SchannelSetting(name=name, number=1)))
    for number in range(200):
        listening = pb.Listener(
            address="0.0.0.0", port=20_000 + number, process_id=900 + number, process_name="svchost"
        )
        server.put(pb.Fact(key=f"0.0.0.0:{listening.port}", listener=listening))
    for number in range(max(0, facts - server.facts())):
        server.put(service(f"Service{number:03}"))


def kinds(server: Server) -> dict[str, int]:
    """Return how many facts of each kind there are."""
    count = dict.fromkeys(KIND_BY_NAME, 0)
    for state in server.slots.values():
        for kind, _ in state:
            count[kind] += 1
    return {kind: number for kind, number in count.items() if number}


__all__ = ["FARM", "NOW", "Server", "blobs", "kinds", "large", "retrieval", "root_programme", "service", "small"]
