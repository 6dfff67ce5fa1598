"""How the farm asks for client certificates: classic (a port of its own) or alternate (certauth host on 443).

Nothing is assumed. Bindings are the best evidence, since they are what a
client meets; what AD FS is configured for comes next; then what the proxies
hold, then the URL reservations. Evidence that disagrees gives "unknown".
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from farmsight_collector.model.bindings import certauth_name, classic_port, host_of, of_adfs, properties
from farmsight_collector.model.farm_name import CERTAUTH, known_name
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
    told = _told(farm)
    if server.name not in told:
        told[server.name] = _of_bindings(farm, server)
    return told[server.name]


@per_farm
def _told(_farm: Farm) -> dict[str, ModeVerdict]:
    return {}


def _of_bindings(farm: Farm, server: Server) -> ModeVerdict:
    answer = server.ask("tls-binding")
    if answer.knowledge is not Knowledge.KNOWN:
        return ModeVerdict(mode=Mode.UNKNOWN, reason=f"bindings of {server.name}: {answer.reason}")
    alternate = tuple(b for b in answer.facts if _is_alternate(farm, b))
    classic = tuple(b for b in answer.facts if _is_classic(farm, b))
    if alternate and not classic:
        return ModeVerdict(mode=Mode.ALTERNATE, reason=f"{server.name} binds certauth", evidence=alternate)
    if classic and not alternate:
        return ModeVerdict(mode=Mode.CLASSIC, reason=f"{server.name} binds {classic[0].key}", evidence=classic)
    reason = "both kinds of binding" if classic else "no binding of either kind"
    return ModeVerdict(mode=Mode.UNKNOWN, reason=f"{server.name} has {reason}", evidence=alternate + classic)


def _is_alternate(farm: Farm, binding: Held) -> bool:
    host, name = host_of(binding), known_name(farm)
    if binding.value.port != 443 or not host.startswith(CERTAUTH):
        return False
    return host == CERTAUTH + name if name else bool(of_adfs((binding,)))


def _is_classic(farm: Farm, binding: Held) -> bool:
    if binding.value.port != classic_port(farm):
        return False
    name = known_name(farm)
    ours = host_of(binding) == name if name else bool(of_adfs((binding,)))
    return ours or binding.value.binding_kind == facts_pb2.BINDING_KIND_IP


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
    return proxies or _set_up(farm) or _reserved(farm)


def need_mode(farm: Farm) -> ModeVerdict:
    """Return the farm's mode; raises UnknownFactError when it cannot be told."""
    verdict = farm_mode(farm)
    if verdict.mode is Mode.UNKNOWN:
        raise UnknownFactError(farm.name, "http-sys", "tls-binding", None, f"mode: {verdict.reason}")
    return verdict


def client_endpoint(farm: Farm) -> tuple[str, int]:
    """Return the name and port that ask for client certificates; raises UnknownFactError."""
    return _place(farm, need_mode(farm).mode)


def server_endpoint(farm: Farm, server: Server) -> tuple[str, int]:
    """Return where this server itself asks for client certificates, by its own bindings, else as the farm does.

    That a server is in another mode than its farm is one finding; everything
    else is looked for where the server has it. Raises UnknownFactError.
    """
    own = server_mode(farm, server).mode
    return _place(farm, own) if own is not Mode.UNKNOWN else client_endpoint(farm)


def _place(farm: Farm, mode: Mode) -> tuple[str, int]:
    """Return name and port; the name is empty where only bindings by address are known, which answer any name."""
    if mode is Mode.ALTERNATE:
        return certauth_name(farm), 443
    return known_name(farm) or "", classic_port(farm)


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


def _set_up(farm: Farm) -> ModeVerdict | None:
    """Return the mode that proxies were set up for."""
    held = [h for s in farm.of_role("wap") for h in s.ask("wap-configuration").facts if h.value.tls_client_port]
    modes = {Mode.ALTERNATE if h.value.tls_client_port == 443 else Mode.CLASSIC for h in held}
    if len(modes) != 1:
        return None
    reason = f"{held[0].server} was set up with TlsClientPort {held[0].value.tls_client_port}"
    return ModeVerdict(mode=modes.pop(), reason=reason, evidence=tuple(held))


def _reserved(farm: Farm) -> ModeVerdict:
    """Return what reservations tell, which stay behind when the mode is changed: two kinds tell nothing."""
    suffix, prefix = f":{classic_port(farm)}/adfs/", f"https://{CERTAUTH}"
    rows = [h for s in farm.of_role("adfs", "wap") for h in s.ask("url-reservation").facts]
    classic = [h for h in rows if h.key.lower().endswith(suffix)]
    alternate = [h for h in rows if h.key.lower().startswith(prefix) and h.key.lower().endswith(":443/adfs/")]
    if classic and alternate:
        reason = f"both {classic[0].key} and {alternate[0].key} are reserved, and no binding is known"
        return ModeVerdict(mode=Mode.UNKNOWN, reason=reason, evidence=(classic[0], alternate[0]))
    for mode, found in ((Mode.CLASSIC, classic), (Mode.ALTERNATE, alternate)):
        if found:
            reason = f"{found[0].server} reserves {found[0].key}"
            return ModeVerdict(mode=mode, reason=reason, evidence=(found[0],))
    return ModeVerdict(mode=Mode.UNKNOWN, reason="no binding, setting or reservation that tells is known")
