"""How the farm asks for client certificates: classic (a port of its own) or alternate (certauth host on 443).

Nothing is assumed. Bindings are the best evidence, since they are what a
client meets; what AD FS is configured for comes next; then what the proxies
hold, then the URL reservations. Evidence that disagrees gives "unknown".
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from farmsight_collector.model.bindings import certauth_name, classic_port, host_of, properties, service_name
from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_wire.v1 import facts_pb2


class Mode(enum.Enum):
    """Where clients are asked for their certificate."""

    CLASSIC = "classic"
    ALTERNATE = "alternate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ModeVerdict:
    """A mode, the reason for it in words, and the facts it was read from."""

    mode: Mode
    reason: str
    evidence: tuple[Held, ...] = ()


def server_mode(farm: Farm, server: Server) -> ModeVerdict:
    """Return the mode that this server's own bindings serve."""
    answer = server.ask("tls-binding")
    if answer.knowledge is not Knowledge.KNOWN:
        return ModeVerdict(mode=Mode.UNKNOWN, reason=f"bindings of {server.name}: {answer.reason}")
    name = certauth_name(farm)
    alternate = tuple(b for b in answer.facts if host_of(b) == name and b.value.port == 443)
    classic = tuple(b for b in answer.facts if _is_classic(farm, b))
    if alternate and not classic:
        return ModeVerdict(mode=Mode.ALTERNATE, reason=f"{server.name} binds certauth", evidence=alternate)
    if classic and not alternate:
        return ModeVerdict(mode=Mode.CLASSIC, reason=f"{server.name} binds {classic[0].key}", evidence=classic)
    reason = "both kinds of binding" if classic else "no binding of either kind"
    return ModeVerdict(mode=Mode.UNKNOWN, reason=f"{server.name} has {reason}", evidence=alternate + classic)


def _is_classic(farm: Farm, binding: Held) -> bool:
    if binding.value.port != classic_port(farm):
        return False
    by_address = binding.value.binding_kind == facts_pb2.BINDING_KIND_IP
    return by_address or host_of(binding) == service_name(farm)


@per_farm
def farm_mode(farm: Farm) -> ModeVerdict:
    """Return the mode that the farm is meant to serve."""
    nodes = _vote(farm, farm.of_role("adfs"))
    if nodes is not None and nodes.mode is not Mode.UNKNOWN:
        return nodes
    configured = _configured(farm)
    if configured is not None:
        return configured
    if nodes is not None:
        return nodes
    proxies = _vote(farm, farm.of_role("wap"))
    if proxies is not None:
        return proxies
    return _reserved(farm)


def need_mode(farm: Farm) -> ModeVerdict:
    """Return the farm's mode; raises UnknownFactError when it cannot be told."""
    verdict = farm_mode(farm)
    if verdict.mode is Mode.UNKNOWN:
        raise UnknownFactError(farm.name, "http-sys", "tls-binding", None, f"mode: {verdict.reason}")
    return verdict


def client_endpoint(farm: Farm) -> tuple[str, int]:
    """Return the name and port that ask for client certificates; raises UnknownFactError."""
    if need_mode(farm).mode is Mode.ALTERNATE:
        return certauth_name(farm), 443
    return service_name(farm), classic_port(farm)


def _vote(farm: Farm, servers: Iterable[Server]) -> ModeVerdict | None:
    verdicts = [v for v in (server_mode(farm, s) for s in servers) if v.mode is not Mode.UNKNOWN]
    if not verdicts:
        return None
    evidence = tuple(held for verdict in verdicts for held in verdict.evidence)
    if len({verdict.mode for verdict in verdicts}) == 1:
        return ModeVerdict(mode=verdicts[0].mode, reason=verdicts[0].reason, evidence=evidence)
    reason = "; ".join(verdict.reason for verdict in verdicts)
    return ModeVerdict(mode=Mode.UNKNOWN, reason=f"servers disagree: {reason}", evidence=evidence)


def _configured(farm: Farm) -> ModeVerdict | None:
    try:
        held = next((h for h in properties(farm) if h.value.tls_client_port), None)
    except UnknownFactError:
        return None
    if held is None:
        return None
    port = held.value.tls_client_port
    mode = Mode.ALTERNATE if port == 443 else Mode.CLASSIC
    return ModeVerdict(mode=mode, reason=f"TlsClientPort is {port}", evidence=(held,))


def _reserved(farm: Farm) -> ModeVerdict:
    suffix = f":{classic_port(farm)}/adfs/"
    for server in farm.of_role("adfs", "wap"):
        for held in server.ask("url-reservation").facts:
            if held.key.lower().endswith(suffix):
                reason = f"{server.name} reserves {held.key}"
                return ModeVerdict(mode=Mode.CLASSIC, reason=reason, evidence=(held,))
    return ModeVerdict(mode=Mode.UNKNOWN, reason="no binding, setting or reservation that tells is known")
