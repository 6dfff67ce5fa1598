"""AD FS offers certificate sign-in to users on this path."""

from typing import Final

from farmsight_collector.model.view import Held
from farmsight_collector.rules.adfs.offered import PROVIDER
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.trace import EXTRANET, INTRANET
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2

_ENTRIES: Final = {EXTRANET: "ADFS-02", INTRANET: "ADFS-03"}


def look(scene: Scene, way: Way) -> Said:
    """Judge the provider's own flag and the global policy: both must allow it (Microsoft KB 4032987, step 5).

    AD FS tells who is outside by what proxies add to a request. Without a
    proxy, or through one that passes TLS on, users outside are taken for
    users inside (belief): then both nets must allow it, or neither.
    """
    if way.path == INTRANET or way.behind_proxy:
        return _of_net(scene, way.path)
    both = [_of_net(scene, net) for net in (EXTRANET, INTRANET)]
    if both[0].verdict is both[1].verdict:
        return worst(both)
    return unknown("AD FS allows certificates on one side, and on which it takes these users to be is not known")


def _of_net(scene: Scene, net: str) -> Said:
    farm, nodes = scene.farm, scene.farm.of_role("adfs")
    field = f"primary_{net}"
    providers = [one for one in farm.known("adfs-authentication-provider", nodes) if one.value.name == PROVIDER]
    flags = {getattr(one.value, field) for one in providers}
    if facts_pb2.TRISTATE_NO in flags:
        return _off(net, providers)
    policies = farm.known("adfs-global-policy", nodes)
    off = [one for one in policies if PROVIDER not in getattr(one.value, field)]
    if off:
        return _off(net, off)
    if not policies or (flags and flags != {facts_pb2.TRISTATE_YES}):
        return unknown(f"Whether certificates are allowed on the {net} is not shown", *providers)
    return passes(f"AD FS allows certificates on the {net}", *providers, *policies)


def _off(net: str, held: list[Held]) -> Said:
    text = f"Certificate authentication is not among AD FS's primary methods for the {net}"
    return fails(text, *held, entries=(_ENTRIES[net],))


ASKED: Final = Asked(
    hop="authentication-provider",
    place=Place.PATH,
    look=look,
    learn="run the collection script on the primary AD FS node (Get-AdfsAuthenticationProvider and the global policy)",
    configured=("adfs-authentication-provider", "adfs-global-policy"),
)
