"""What a fault is: its parameters as data, and one function that spoils the farm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.names import SERVER_NAMES, SERVERS

REQUIRED: Final = object()

Values = Mapping[str, Any]
Plant = Callable[[Farm, Sequence[Server], Values], None]


class FaultError(Exception):
    """A fault that can't be planted as it is written."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter: its type, what it may be, and what it is when it isn't given."""

    name: str
    what: str
    kind: type = str
    default: object = REQUIRED
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """One thing that can be wrong.

    `on` says what `servers` means: "servers" must be named, "optional" means
    all when none is named, "farm" takes no servers.
    """

    name: str
    what: str
    plant: Plant = field(repr=False)
    parameters: tuple[Parameter, ...] = ()
    on: str = "servers"
    roles: tuple[str, ...] = ("adfs", "wap")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault with its parameters, ready to be planted."""

    kind: FaultKind
    servers: tuple[str, ...]
    values: Values

    def plant(self, farm: Farm) -> None:
        """Spoil the farm; raises FaultError when it has no such thing to spoil."""
        chosen = [farm.servers[name] for name in self.servers]
        try:
            self.kind.plant(farm, chosen, self.values)
        except KeyError as error:
            raise FaultError(f"{self.kind.name}: there is no {error} to spoil") from error


def read_fault(kinds: Mapping[str, FaultKind], table: Mapping[str, Any]) -> Fault:
    """Read a fault from a table of a scenario file; raises FaultError saying all that is wrong."""
    name = table.get("fault")
    kind = kinds.get(str(name))
    if kind is None:
        raise FaultError(f"no fault is called {name!r}; there are: {', '.join(sorted(kinds))}")
    wrong: list[str] = []
    servers = _servers(kind, table, wrong)
    values = {parameter.name: _value(parameter, table, wrong) for parameter in kind.parameters}
    for extra in sorted(set(table) - set(values) - {"fault", "servers"}):
        known = ", ".join(values) or "none"
        wrong.append(f"it has no parameter {extra!r} (it has: {known})")
    if wrong:
        raise FaultError(f"{kind.name}: " + "; ".join(wrong))
    return Fault(kind=kind, servers=servers, values=values)


def _servers(kind: FaultKind, table: Mapping[str, Any], wrong: list[str]) -> tuple[str, ...]:
    given = table.get("servers", [])
    if not isinstance(given, list):
        wrong.append("servers must be a list of names")
        return ()
    possible = [server.name for server in SERVERS if server.role in kind.roles]
    for name in given:
        if name not in SERVER_NAMES:
            wrong.append(f"there is no server {name!r}; there are: {', '.join(SERVER_NAMES)}")
        elif name not in possible:
            wrong.append(f"{name} can't have it; it is for {', '.join(possible)}")
    if kind.on == "farm" and given:
        wrong.append("it concerns the farm as a whole and takes no servers")
    if kind.on == "servers" and not given:
        wrong.append(f"servers must name at least one of {', '.join(possible)}")
    return tuple(name for name in given if name in possible)


def _value(parameter: Parameter, table: Mapping[str, Any], wrong: list[str]) -> object:
    if parameter.name not in table:
        if parameter.default is REQUIRED:
            wrong.append(f"{parameter.name} is missing: {parameter.what}")
        return parameter.default
    value = table[parameter.name]
    if parameter.kind is float and type(value) is int:
        value = float(value)
    if parameter.kind is not object and type(value) is not parameter.kind:
        wrong.append(f"{parameter.name} must be a {parameter.kind.__name__}, not {value!r}")
    elif parameter.choices and value not in parameter.choices:
        wrong.append(f"{parameter.name} must be one of {', '.join(parameter.choices)}, not {value!r}")
    return value


def certificate(default: object = REQUIRED, *choices: str) -> Parameter:
    """Return the parameter that names a certificate of the lab's PKI."""
    return Parameter(
        name="certificate", what="a certificate by its lab name", default=default, choices=choices or CERTIFICATES
    )


CERTIFICATES: Final = (
    "root",
    "policy",
    "issuing-1",
    "issuing-2",
    "server-ca",
    "stranger",
    "farm-tls",
    "other-tls",
    "plain-tls",
    "expired-tls",
    "signing",
    "next-signing",
    "decrypting",
    "trust-WAP01",
    "trust-WAP02",
    "user-alice",
    "user-bob",
    "old-signing",
    "trust-expired",
    "issuing-1-expired",
    "issuing-1-narrow",
    "issuing-1-constrained",
    "issuing-1-new-key",
)
