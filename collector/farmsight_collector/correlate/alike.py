"""What should be equal between servers, what may differ and what must: one table.

Each line speaks of one kind of fact, or of those whose keys it names, or of one
field: what is expected of servers of a role among themselves, what between the
proxies and the AD FS nodes, why, and which rules judge a difference. The severity
is that of a difference that matters; correlate/differences.py tells whether one does.

Source: Microsoft KB 4032987 (stores, URLs and ports on all servers); "AD FS
requirements"; "Configure AD FS support for user certificate authentication".
"""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_collector.rules.rule import Severity


class Expectation(enum.Enum):
    """What is expected of several servers."""

    EQUAL = "equal"
    MAY_DIFFER = "may-differ"
    MUST_DIFFER = "must-differ"


EQUAL: Final = Expectation.EQUAL
MAY: Final = Expectation.MAY_DIFFER
MUST: Final = Expectation.MUST_DIFFER
INFO, WARNING, ERROR, CRITICAL = Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table."""

    kind: str
    keys: str = ""  # a regular expression for the keys that it is about; empty: all that no earlier line is about
    field: str = ""  # of the kind's one fact a server, compared for itself
    what: str
    within: Expectation  # servers of one role
    across: Expectation  # a proxy and an AD FS node
    why: str
    rules: tuple[str, ...] = ()  # codes of those that judge a difference; empty: none does
    severity: Severity = INFO  # of a difference that matters

    def about(self, key: str) -> bool:
        """Tell whether the line is about a fact of its kind with this key."""
        return not self.field and re.match(self.keys, key, re.IGNORECASE) is not None


def line_of(kind: str, key: str) -> Line | None:
    """Return the line about a fact, or None where nobody says what is expected."""
    return next((line for line in TABLE if line.kind == kind and line.about(key)), None)


def theme_of(kind: str) -> str:
    """Return what facts of a kind are about; empty for a kind that the table does not have."""
    return next((theme for theme, lines in THEMES.items() if any(line.kind == kind for line in lines)), "")


def fields_of(kind: str) -> tuple[Line, ...]:
    """Return the lines about single fields of a kind."""
    return tuple(line for line in TABLE if line.kind == kind and line.field)


_OWN_ADDRESS: Final = r"(?!0\.0\.0\.0:|\[::\]:)(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]):"
_ONE_CONFIGURATION: Final = "the nodes of a farm have one configuration; a node that differs does not follow it"
_TENANT: Final = "it is the tenant's: whoever asks is told the same"

_STORES: Final = (
    Line(kind="store-certificate", keys="ROOT/", what="trusted roots of the machine", within=EQUAL, across=EQUAL,
         why="every server that takes client certificates ends its users' chains in the same roots",
         rules=("store.root-ca-missing", "store.contents-differ", "store.non-root-in-root", "chain.verdicts-differ"),
         severity=CRITICAL),
    Line(kind="store-certificate", keys="CA/", what="intermediate CAs of the machine", within=EQUAL, across=EQUAL,
         why="every server builds the same chains from its own store; http.sys fetches nothing",
         rules=("store.issuing-ca-missing", "store.renewed-ca-missing", "store.contents-differ",
                "store.root-in-intermediate", "chain.verdicts-differ"),
         severity=CRITICAL),
    Line(kind="store-certificate", keys="DISALLOWED/", what="distrusted certificates", within=EQUAL, across=EQUAL,
         why="what one server distrusts it refuses, and its peers do not", rules=("store.ca-disallowed",),
         severity=CRITICAL),
    Line(kind="store-certificate", keys="NTAuth/", what="local copy of NTAuth", within=EQUAL, across=MAY,
         why="each node of the domain copies it from the directory; a proxy in a workgroup has none and needs none",
         rules=("store.ntauth-differs", "store.not-in-ntauth"), severity=WARNING),
    Line(kind="store-certificate", keys="AdfsTrustedDevices/", what="proxies that the node trusts", within=EQUAL,
         across=MAY, why="a proxy meets any node behind the load balancer; the node that lacks it refuses it",
         rules=("store.trusted-devices-differ", "store.trusted-devices-missing", "wap.trust-lost"), severity=ERROR),
    Line(kind="store-certificate", keys="ClientAuthIssuer/", what="issuers offered to clients", within=EQUAL,
         across=MAY, why="clients choose among the issuers that the server they meet offers",
         rules=("store.client-auth-issuers-differ", "tls.issuer-list-lacks-ca"), severity=ERROR),
    Line(kind="store-certificate", keys="MY/", what="certificates of the server's own", within=MAY, across=MAY,
         why="each server has keys of its own; those that bindings name must be there",
         rules=("http.bound-certificate-missing",)),
    Line(kind="store-certificate", keys="AUTHROOT/", what="roots of the root programme", within=MAY, across=MAY,
         why="Windows fetches them when it first meets them", rules=("store.root-ca-missing",)),
    Line(kind="store-certificate", what="stores of other names and of accounts", within=EQUAL, across=MAY,
         why="a store that a binding names as its list of issuers must be alike where the binding is",
         rules=("store.ca-in-account-store", "tls.issuer-list-lacks-ca"), severity=WARNING),
    Line(kind="store-crl", what="CRLs in stores", within=MAY, across=MAY,
         why="put there by hand or by chance; what is out of date does harm wherever it lies", rules=("crl.expired",)),
    Line(kind="store-ctl", what="trust lists in stores", within=MAY, across=MAY,
         why="Windows fetches its own, each server in its time"),
)  # fmt: skip

_HTTP: Final = (
    Line(kind="url-reservation", what="reservations of URLs", within=EQUAL, across=MAY,
         why="the role's service reserves the same URLs on every server; proxies publish others besides",
         rules=("http.reservation-missing", "http.reservation-foreign", "http.reservation-rights",
                "http.reservation-no-delegate", "http.reservation-old-account"), severity=ERROR),
    Line(kind="tls-binding", keys=_OWN_ADDRESS, what="bindings to an address of the server's own", within=MAY,
         across=MAY, why="the address is the server's; that it may hide a binding by name is judged for itself",
         rules=("http.address-binding-shadows",)),
    Line(kind="tls-binding", what="bindings by name, and for any address", within=EQUAL, across=EQUAL,
         why="whichever server a client meets, it must be shown the same certificate and be asked in the same way; "
             "a proxy and a node share the certificate of a name that both have, and need not share its settings",
         rules=("http.binding-thumbprint-differs", "http.binding-thumbprints-mixed", "http.binding-missing",
                "http.certauth-binding-missing", "http.mode-differs", "http.certauth-lost", "http.san-certauth",
                "http.ctl-store-on-443", "http.ctl-store-on-client-binding", "http.negotiate-off",
                "crl.check-disabled", "crl.cached-only"), severity=ERROR),
    Line(kind="ip-listen", what="addresses that http.sys listens on", within=MAY, across=MAY,
         why="addresses are each server's own; an empty list is the rule", rules=("http.listen-list",)),
    Line(kind="url-registration", what="URLs that a running service has registered", within=EQUAL, across=MAY,
         why="a service that runs registers the same URLs on every server",
         rules=("http.url-not-registered", "http.url-registered-by-other"), severity=WARNING),
    Line(kind="http-timeout", what="timeouts of http.sys", within=EQUAL, across=MAY,
         why="a shorter one on one server breaks connections there alone"),
    Line(kind="listener", what="ports that are listened on", within=MAY, across=MAY,
         why="addresses are each server's own; that the ports of sign-in are open is judged for each server",
         rules=("http.nothing-listens", "http.port-foreign-owner")),
    Line(kind="port-exclusion", what="ranges of ports that Windows keeps", within=MAY, across=MAY,
         why="Windows keeps ranges as it starts; only one over a port of sign-in does harm",
         rules=("http.port-excluded",)),
)  # fmt: skip

_MACHINE: Final = (
    Line(kind="host", field="computer_name", what="name", within=MUST, across=MUST,
         why="two servers of one name are one server twice, or a copy of a disk", severity=ERROR),
    Line(kind="host", field="build", what="version and update of Windows", within=EQUAL, across=MAY,
         why="servers that are patched apart behave apart", rules=("farm.builds-mixed", "adfs.updates-missing"),
         severity=WARNING),
    Line(kind="host", field="domain_joined", what="member of a domain", within=EQUAL, across=MAY,
         why="what Group Policy and the directory hand out reaches members alone; proxies often are none",
         severity=INFO),
    Line(kind="host", field="resolutions", what="addresses of the names that matter", within=EQUAL, across=MAY,
         why="servers of a role stand in one network and ask one DNS; proxies look from outside, "
             "and find the farm inside",
         rules=("network.resolution-differs", "client.certauth-name-missing"), severity=WARNING),
    Line(kind="host", what="what else a host says of itself", within=MAY, across=MAY,
         why="addresses, start time and the like are its own"),
    Line(kind="clock", what="offset from a reference", within=EQUAL, across=EQUAL,
         why="tokens, CRLs and trusts are judged by each server's own clock; within seconds is equal",
         rules=("network.clock-offset",), severity=WARNING),
    Line(kind="service", keys="(adfssrv|appproxysvc|appproxyctrl|drs)$", what="services of the role", within=EQUAL,
         across=MAY, why="one account for all nodes of a farm, and running everywhere",
         rules=("adfs.service-accounts-differ", "adfs.service-stopped", "wap.service-stopped"), severity=ERROR),
    Line(kind="service", what="other services", within=MAY, across=MAY,
         why="the database is the primary's as much as the others', and the rest is not sign-in",
         rules=("farm.database-stopped",)),
    Line(kind="proxy-setting", what="proxy of an account", within=EQUAL, across=MAY,
         why="servers of a role leave by the same way, each account by its own settings; a proxy stands elsewhere",
         rules=("network.proxy-differs", "network.proxy-only-of-user", "network.proxy-per-machine"), severity=WARNING),
    Line(kind="schannel-setting", what="settings of Schannel", within=EQUAL, across=MAY,
         why="versions, issuer list and trust mode decide which clients a server serves; a proxy and a node "
             "need a version in common",
         rules=("tls.no-common-version", "tls.strong-crypto-off", "tls.trusted-issuer-list-sent",
                "tls.client-trust-mode", "tls.renegotiation-disabled"), severity=WARNING),
    Line(kind="agent", what="the agent itself", within=MAY, across=MAY,
         why="versions roll from server to server", rules=("agent.in-trouble", "agent.silent")),
    Line(kind="event", what="events", within=MAY, across=MAY, why="each server has events of its own"),
    Line(kind="given-certificate", what="certificates of users, given for a look", within=MAY, across=MAY,
         why="they are the users', and lie where somebody put them"),
)  # fmt: skip

_NETWORK: Final = (
    Line(kind="retrieval", keys="(crl|delta) ", what="answers of CRL URLs", within=EQUAL, across=EQUAL,
         why="one URL serves one CRL; another number or other bytes by server, account or address is a stale copy "
             "behind the name, or a proxy's cache",
         rules=("crl.differs-by-place", "crl.fetch-differs", "crl.mirrors-differ", "crl.unreachable", "crl.expired",
                "crl.slow", "crl.platform-differs", "crl.mirror-unreachable",
                "crl.delta-base-mismatch"), severity=ERROR),
    Line(kind="retrieval", keys="aia ", what="answers of AIA URLs", within=EQUAL, across=EQUAL,
         why="one URL serves one certificate", rules=("chain.aia-unusable",), severity=WARNING),
    Line(kind="retrieval", what="answers of OCSP responders", within=MAY, across=MAY,
         why="each answer is signed anew", rules=("crl.ocsp-failing", "crl.ocsp-long-lived")),
    Line(kind="chain-verdict", what="Windows' own verdict on a certificate", within=EQUAL, across=EQUAL,
         why="servers that trust the same and fetch the same judge the same",
         rules=("chain.verdicts-differ", "chain.server-refuses", "chain.revocation-offline"), severity=ERROR),
    Line(kind="url-cache", what="CryptoAPI's cache of an account", within=MAY, across=MAY,
         why="each account caches what it fetched, in its time; a stale one does harm for itself",
         rules=("crl.stale-cache",)),
    Line(kind="tls-endpoint", what="endpoints as they are seen over the wire", within=MAY, across=MAY,
         why="each server asks by its own way; what is shown must be what is bound",
         rules=("lb.tls-terminated", "lb.node-differs", "lb.certauth-elsewhere", "lb.publishes-443-only",
                "wap.tls-terminated", "client.certificate-not-asked", "client.port-unreachable")),
)  # fmt: skip

_FARM: Final = (
    Line(kind="adfs-properties", what="properties of the farm", within=EQUAL, across=MAY, why=_ONE_CONFIGURATION,
         rules=("farm.secondary-out-of-sync", "entra.federation-mismatch"), severity=ERROR),
    Line(kind="adfs-global-policy", what="policy of authentication", within=EQUAL, across=MAY, why=_ONE_CONFIGURATION,
         rules=("farm.secondary-out-of-sync",), severity=ERROR),
    Line(kind="adfs-authentication-provider", what="authentication methods", within=EQUAL, across=MAY,
         why=_ONE_CONFIGURATION, rules=("farm.secondary-out-of-sync",), severity=ERROR),
    Line(kind="adfs-endpoint", what="endpoints of the farm", within=EQUAL, across=MAY, why=_ONE_CONFIGURATION,
         rules=("farm.secondary-out-of-sync", "adfs.endpoints-vanished"), severity=ERROR),
    Line(kind="adfs-certificate", what="certificates of the farm", within=EQUAL, across=MAY, why=_ONE_CONFIGURATION,
         rules=("farm.secondary-out-of-sync", "adfs.token-signing-unknown-to-entra"), severity=ERROR),
    Line(kind="adfs-trust", what="trusts and their claim rules", within=EQUAL, across=MAY, why=_ONE_CONFIGURATION,
         rules=("farm.secondary-out-of-sync",), severity=ERROR),
    Line(kind="adfs-node", what="the list of nodes", within=EQUAL, across=MAY, why=_ONE_CONFIGURATION,
         rules=("farm.node-without-agent", "farm.behaviour-level"), severity=WARNING),
    Line(kind="adfs-sync", field="role", what="role of the node", within=MUST, across=MAY,
         why="with WID one node is primary and all others are secondaries that name it",
         rules=("farm.primaries", "farm.secondary-out-of-sync"), severity=ERROR),
    Line(kind="adfs-sync", what="synchronisation of the node", within=MAY, across=MAY,
         why="each node synchronises in its time", rules=("farm.secondary-out-of-sync", "farm.primaries")),
    Line(kind="wap-configuration", what="configuration of the proxy", within=EQUAL, across=MAY,
         why="proxies of a farm share the configuration that AD FS keeps for them: its name, ports and servers",
         rules=("wap.other-farm", "wap.farm-name-wrong", "wap.ports-differ", "wap.forward-proxy", "wap.health"),
         severity=ERROR),
    Line(kind="wap-application", what="published applications", within=EQUAL, across=MAY,
         why="proxies of a farm publish the same", rules=("wap.application-on-farm-name",), severity=WARNING),
    Line(kind="wap-trust-certificate", what="certificates by which AD FS knows the proxy", within=MUST, across=MUST,
         why="each proxy gets one of its own when it is set up; two with one key are copies of a disk",
         rules=("wap.trust-lost", "wap.trust-certificate-expired"), severity=WARNING),
    Line(kind="entra-authority", what="CAs that the tenant trusts", within=EQUAL, across=EQUAL, why=_TENANT,
         rules=("entra.root-missing", "entra.issuing-ca-missing", "entra.authority-superseded")),
    Line(kind="entra-domain", what="federation of a domain", within=EQUAL, across=EQUAL, why=_TENANT,
         rules=("entra.federation-mismatch", "adfs.token-signing-unknown-to-entra")),
    Line(kind="entra-pki-store", what="CAs of the tenant's newer store", within=EQUAL, across=EQUAL, why=_TENANT,
         rules=("entra.authority-in-new-store-only",)),
    Line(kind="entra-certificate-policy", what="the tenant's own certificate sign-in", within=EQUAL, across=EQUAL,
         why=_TENANT),
    Line(kind="entra-rollout", what="staged rollouts of the tenant", within=EQUAL, across=EQUAL, why=_TENANT),
)  # fmt: skip

# What lines are about, in the order of the table; of one kind all are about the same.
THEMES: Final[Mapping[str, tuple[Line, ...]]] = {
    "Certificate stores": _STORES,
    "http.sys": _HTTP,
    "Machine": _MACHINE,
    "Network and retrievals": _NETWORK,
    "AD FS, proxies and tenant": _FARM,
}
TABLE: Final[tuple[Line, ...]] = tuple(line for lines in THEMES.values() for line in lines)
