"""What the verdicts of each hop mean: what must be proven, what proves a fault, what leaves it open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """The three verdicts of one hop in words, and where what it demands comes from."""

    passes: str
    fails: str
    unknown: str
    source: str


MEANINGS: Final[Mapping[str, Meaning]] = {
    "user-certificate": Meaning(
        passes="Within its time at the instant asked about; its usages, if any, allow client authentication; its key "
        "may sign; it names a UPN or a mail address.",
        fails="One of these is not so.",
        unknown="It says that it is a CA's certificate.",
        source="Microsoft KB 4032987, general requirements; RFC 5280 4.1.2.5, 4.2.1.3, 4.2.1.12; RFC 8446 4.4.2.2",
    ),
    "domain-federated": Meaning(
        passes="A domain of the certificate's names, or one above it, is federated and leads to this farm's name.",
        fails="Such a domain is managed, or leads to another federation service; or a staged rollout takes everybody "
        "past AD FS.",
        unknown="The tenant's domains are not known, none is of the certificate's names, or where it leads is not "
        "shown; or a staged rollout takes groups past AD FS. By which name the user signs in is not in a certificate.",
        source="Microsoft KB 4032987, general requirements; Microsoft Graph, internalDomainFederation",
    ),
    "prompt-login": Meaning(
        passes="PromptLoginBehavior of the user's domain is NativeSupport or Disabled.",
        fails="It is TranslateToFreshPasswordAuthentication, or not set, which works alike: apps that send "
        "prompt=login get a password form. Browsers that do not send it still work.",
        unknown="It is not shown, or the domain is not known to be federated.",
        source="Microsoft KB 4032987, Entra configuration, step 4; AD FS prompt=login parameter support",
    ),
    "name-resolution": Meaning(
        passes="Outside, every vantage point resolves the service's name (and certauth.NAME where that asks for "
        "certificates); inside, an AD FS node does so by DNS. It leads to a server of this path, or to an address that "
        "none has (a load balancer).",
        fails="One of them finds no address.",
        unknown="Nobody on this side resolved it, or it leads to servers that are not on this path.",
        source="Configure user certificate authentication in AD FS; AD FS alternate hostname binding",
    ),
    "load-balancer": Meaning(
        passes="Who looked from this side, at an address that no server has, met a certificate that the servers have "
        "bound and was asked for one; or the name leads straight to servers.",
        fails="The port is closed there, TLS is broken off or ended there, or nobody is asked though the servers ask.",
        unknown="Nobody on this side looked, or the bindings behind are not all known.",
        source="Microsoft KB 4032987, step 6; Configure user certificate authentication in AD FS (load balancers)",
    ),
    "port": Meaning(
        passes="A client's connection came about at the server's own address, or the server listens; and the port "
        "is reserved for AD FS.",
        fails="The port takes no connection, nothing listens, or no reservation is there; or a finding about this "
        "server says that AD FS can't serve the port.",
        unknown="Listeners, reservations or the mode (own port or certauth) are not known.",
        source="Microsoft KB 4032987, AD FS and WAP configuration, steps 6 and 7",
    ),
    "tls": Meaning(
        passes="A handshake at the server's own address asked for a certificate; or, where none was tried, the binding "
        "asks in the handshake and its certificate is there, with its key, within its time.",
        fails="The handshake is broken off, no binding is there, it does not ask in the handshake, takes only proxies' "
        "issuers, or its certificate is missing, without key or out of time.",
        unknown="The binding, its flags or its store are not known.",
        source="adfsToolbox TestSslBindings; RFC 8446 4.6.2 and RFC 9113 9.2 (no request after the handshake)",
    ),
    "issuer-offered": Meaning(
        passes="The server sends no list of issuers, or one with the certificate's issuer.",
        fails="The list, or the store that it is made from, has neither the issuer nor a CA above it.",
        unknown="Only a CA above the issuer is on it (devices with the whole chain offer the certificate), or "
        "the Schannel settings or the store are not known.",
        source="RFC 5246 7.4.4; Schannel SSP, order of issuer lists; Configure user certificate authentication",
    ),
    "wap-chain": Meaning(
        passes="From its stores, and from AIA answers under this account, the proxy builds a chain to a root it "
        "trusts, and nothing in it breaks RFC 5280 or what CryptoAPI demands.",
        fails="No such chain can be built; the first reason is told, and who else has what is missing.",
        unknown="A store is not known, or a certificate is only listed; then the server's own engine decides, if it "
        "was asked about this certificate as this account.",
        source="RFC 5280 6.1; Microsoft KB 4032987, AD FS and WAP configuration, step 2",
    ),
    "wap-revocation": Meaning(
        passes="For every certificate below the root a current CRL, delta included, or an OCSP answer is had as this "
        "account, and none revokes it; or the binding does not check (CRL-29).",
        fails="A certificate is revoked, or its status can't be learned.",
        unknown="What this account fetches is not known; or the certificate names neither a CRL nor an OCSP responder "
        "where the binding does not check.",
        source="Microsoft KB 4032987, AD FS and WAP configuration, step 3; RFC 5280 6.3; RFC 6960",
    ),
    "forwarding": Meaning(
        passes="The proxy's services run, it is set up for this farm's name, this node knows its trust certificate, "
        "and it reaches the service on 443 (by its own look, else by its own word of its health).",
        fails="One of these is not so; or the proxy is a product that ends TLS without MS-ADFSPIP.",
        unknown="One of these is not known, or whether the product speaks MS-ADFSPIP.",
        source="adfsToolbox TestProxyTrustPropagation and TestSTSReachableFromProxy; MS-ADFSPIP",
    ),
    "adfs-listens": Meaning(
        passes="The AD FS service runs, the node serves the service's name on 443, and /adfs/ls and the certificate "
        "endpoints are enabled; for users outside also on the proxy.",
        fails="One of these is not so. A certificate endpoint that is off fails the apps that use it.",
        unknown="The service, the port or the endpoints are not known; or the node's copy of the configuration "
        "that is shown, the primary's, may be an old one (FARM-01, FARM-02).",
        source="Microsoft KB 4032987, AD FS and WAP configuration, step 7; default endpoints of AD FS",
    ),
    "adfs-chain": Meaning(
        passes="As wap-chain, on the AD FS node as its service account; as system too where TLS ends at the node.",
        fails="As wap-chain.",
        unknown="As wap-chain.",
        source="RFC 5280 6.1; Microsoft KB 4032987, AD FS and WAP configuration, step 2",
    ),
    "adfs-revocation": Meaning(
        passes="As wap-revocation, on the AD FS node as its service account; as system too where TLS ends at the node.",
        fails="As wap-revocation.",
        unknown="As wap-revocation.",
        source="Microsoft KB 4032987, AD FS and WAP configuration, step 3.8; RFC 5280 6.3; RFC 6960",
    ),
    "ntauth": Meaning(
        passes="The node's copy of NTAuth holds the CA whose key signed the certificate.",
        fails="It holds neither that CA nor one above it. The documents ask for it; that sign-in fails without it "
        "is belief.",
        unknown="It holds only a CA above (the sources disagree whether that is enough), the store is not known, or "
        "the node is in no domain.",
        source="Configure user certificate authentication in AD FS; Microsoft Japan support",
    ),
    "authentication-provider": Meaning(
        passes="CertificateAuthentication is allowed for this side by the provider and by the global policy.",
        fails="One of the two leaves it out.",
        unknown="One of them is not known; or users outside come without a proxy and only one side allows it.",
        source="Microsoft KB 4032987, AD FS and WAP configuration, step 5",
    ),
    "claim-rules": Meaning(
        passes="Run on the claims of a certificate sign-in, the rules of both trusts bring serial number and issuer "
        "into the token unchanged.",
        fails="One is dropped, rewritten, or issued under a mistyped type; or the trust for Entra is missing or off.",
        unknown="It passes only under a condition that may hold or not, a rule can't be read, or the rules are "
        "not shown.",
        source="Microsoft KB 4032987, AD FS and WAP configuration, step 4",
    ),
    "token": Meaning(
        passes="The tenant holds AD FS's primary token-signing certificate for the user's domain.",
        fails="It holds others only.",
        unknown="Either side does not show it.",
        source="Microsoft Graph, internalDomainFederation; AD FS troubleshooting, certificates",
    ),
    "tenant-authorities": Meaning(
        passes="From the certificate, the tenant's list leads to a root, each CA with its right type, within its time "
        "and with a key identifier.",
        fails="A CA is not on the list (or only with another key), or an object is wrong.",
        unknown="The list is not known, shows no certificates, or a CA is only in the newer trust store.",
        source="Microsoft KB 4032987, Entra configuration, steps 2 and 3; Entra ID certificate revocation list",
    ),
    "tenant-revocation": Meaning(
        passes="A vantage point outside fetches each CRL that the tenant names for a CA of the chain, current and of "
        "that CA.",
        fails="A URL is of a scheme or a host that Entra ID can't reach, can't be fetched from outside, or the CRL "
        "expired, is another CA's, or lists the certificate.",
        unknown="Nobody outside fetched it, it is beyond Entra ID's limits, or no URL is named and whether the tenant "
        "demands one is not known.",
        source="Microsoft KB 4032987, Entra configuration, step 2; Entra ID certificate revocation list",
    ),
    "user-mapping": Meaning(
        passes="A domain of the certificate's names is a verified domain of the tenant.",
        fails="None is, or none can be (a private domain).",
        unknown="The tenant's list of domains is not known. Whether the account has the name is in no fact.",
        source="Microsoft KB 4032987, general requirements",
    ),
}
