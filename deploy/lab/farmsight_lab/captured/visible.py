"""Which findings of the packaged scenarios can be made from captured files, and from which form.

What a farm's files do not say can't be found in them: a file has no clock of
its own, no handshake, no size of a CRL. `WORD` marks what only certutil's
word for an object tells ("Expired"), with nothing else beside it that would
mean the same in every language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["article", "script"]
Sight = Literal["yes", "word", "no"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How well one finding can be seen in each form; `user` is whose certificate must have been checked for it."""

    article: Sight
    script: Sight
    why: str = ""
    user: Literal["alice", "bob", ""] = ""

    def of(self, form: Form) -> Sight:
        """Return how well it can be seen in a form."""
        return self.article if form == "article" else self.script


BOTH: Final = Seen(article="yes", script="yes")
NONE_HANDSHAKE: Final = Seen(article="no", script="no", why="only a handshake shows it")
_HOST: Final = Seen(article="no", script="yes", why="only the host's document says it")
_ADFS: Final = Seen(article="no", script="yes", why="none of the article's three cmdlets says it")
_STORE: Final = Seen(article="no", script="yes", why="the article does not list that store")
_TENANT: Final = Seen(article="no", script="yes", why="the older cmdlets print no certificate")
_ALICE: Final = Seen(article="yes", script="yes", why="it is of the CA that issued alice's certificate", user="alice")
_WAP: Final = Seen(article="no", script="yes", why="only the proxy's document says it")
_DOMAINS: Final = Seen(article="no", script="yes", why="the older cmdlet prints nothing of a managed domain")
_BYTES: Final = Seen(article="no", script="yes", why="the article's files have no certificate's bytes")
_GIVEN: Final = Seen(article="no", script="yes", why="the certificate lies beside the script's files", user="alice")
_NARROW: Final = Seen(
    article="no", script="yes", why="certutil prints the uses of the chain that it checks, the script's files all"
)
_WORD: Final = Seen(
    article="word", script="word", why="an OCSP answer covers it: only the word for the CRL is left", user="alice"
)

VISIBLE: Final[Mapping[str, Mapping[str, Seen]]] = {
    "address-binding": {"http.address-binding-shadows": BOTH},
    "aia-dead": {"chain.aia-unusable": _ALICE},
    "binding-cached-only": {"crl.cached-only": BOTH},
    "binding-missing": {"http.binding-missing": BOTH},
    "binding-other-certificate": {"http.binding-thumbprint-differs": BOTH},
    "binding-without-key": {"http.bound-certificate-missing": BOTH},
    "ca-constrained": {"chain.name-constraints": _GIVEN},
    "ca-disallowed": {
        "store.ca-disallowed": Seen(
            article="no", script="yes", why="only certutil says so in the article's files, of the CA that it checks"
        )
    },
    "ca-expired": {"store.ca-expired": BOTH},
    "ca-narrow": {"chain.eku-without-client-auth": _NARROW},
    "ca-renewed": {"store.renewed-ca-missing": _BYTES},
    "ca-revoked": {
        "crl.ca-revoked": Seen(
            article="yes", script="yes", why="the revoked CA issued bob's certificate, not alice's", user="bob"
        )
    },
    "certauth": {},
    "certauth-name-lacking": {"http.san-certauth": _BYTES},
    "claim-issuer-missing": {"claim.provider-issuer-missing": BOTH},
    "claim-missing": {"claim.office365-serial-missing": BOTH},
    "claim-misspelt": {"claim.uri-wrong": BOTH},
    "clock-wrong": {"network.clock-offset": _HOST},
    "crl-expired": {"crl.expired": _WORD},
    "crl-forbidden": {"crl.needs-authentication": _ALICE},
    "crl-large": {"crl.too-large": Seen(article="no", script="no", why="certutil prints no size")},
    "crl-page": {
        "crl.not-a-crl": Seen(article="yes", script="yes", why="it is of the CA that issued alice's", user="alice")
    },
    "crl-slow": {"crl.slow": _ALICE},
    "crl-truncated": {"crl.mirror-unreachable": _ALICE},
    "crl-unrenewed": {
        "crl.close-to-expiry": Seen(
            article="no", script="no", why="certutil prints the dates of what it used, and that was OCSP"
        )
    },
    "crl-wrong-issuer": {"crl.wrong-issuer": _WORD},
    "crl-wrong-signature": {"crl.wrong-issuer": _WORD},
    "ctl-store": {"http.ctl-store-on-client-binding": BOTH},
    "delta-expired": {"crl.delta-expired": _WORD},
    "delta-foreign-base": {"crl.delta-base-mismatch": _ALICE},
    "delta-missing": {"crl.delta-unreachable": _ALICE},
    "demo": {
        "store.issuing-ca-missing": BOTH,
        "http.ctl-store-on-client-binding": BOTH,
        "network.host-unreachable": BOTH,
        "crl.delta-expired": Seen(
            article="word", script="word", why="it is the delta of the CA that issued bob's certificate", user="bob"
        ),
        "network.clock-offset": _HOST,
        "entra.prompt-login": BOTH,
    },
    "endpoint-disabled": {"adfs.certificate-endpoint-off": _ADFS},
    "endpoint-not-published": {"adfs.certificate-endpoint-not-proxied": _ADFS},
    "extranet-not-allowed": {"adfs.certificate-extranet-off": BOTH},
    "federation-wrong": {"entra.federation-mismatch": BOTH},
    "healthy": {},
    "issuer-list-lacks-ca": {"tls.issuer-list-lacks-ca": NONE_HANDSHAKE},
    "issuing-ca-missing": {"store.issuing-ca-missing": BOTH},
    "listen-list": {"http.listen-list": _HOST},
    "listener-closed": {"http.url-not-registered": _HOST, "http.nothing-listens": _HOST},
    "managed": {"entra.domain-not-federated": _DOMAINS},
    "name-leads-elsewhere": {"network.resolution-differs": _HOST},
    "name-missing": {"network.name-not-resolved": BOTH},
    "negotiate-off": {"http.negotiate-off": BOTH},
    "no-route": {"network.host-unreachable": BOTH, "crl.unreachable": BOTH},
    "node-unknown": {"farm.node-without-agent": _ADFS},
    "non-root-in-root": {"store.non-root-in-root": BOTH},
    "ntauth-differs": {"store.ntauth-differs": _STORE},
    "ntauth-missing": {"store.not-in-ntauth": _STORE},
    "o365-trust-disabled": {"adfs.office365-trust": BOTH},
    "ocsp-down": {"crl.ocsp-failing": _ALICE},
    "plus-refused": {"crl.double-escaping": BOTH},
    "policy-crl-expired": {
        "crl.expired": Seen(
            article="word", script="word", why="the status bits say that it can't be told, the word says why"
        )
    },
    "port-excluded": {"http.port-excluded": _HOST},
    "port-taken": {"http.port-foreign-owner": _HOST},
    "prompt-login": {"entra.prompt-login": BOTH},
    "proxy-differs": {"network.proxy-without-bypass": BOTH},
    "proxy-login": {"network.proxy-authentication": _ALICE},
    "proxy-trust-lost": {"wap.trust-lost": _STORE},
    "reservation-missing": {"http.reservation-missing": BOTH},
    "reservation-of-other": {"http.reservation-foreign": BOTH},
    "reservation-wrong-sid": {"http.reservation-rights": BOTH},
    "revocation-off": {"crl.check-disabled": BOTH},
    "root-in-intermediate": {"store.root-in-intermediate": BOTH},
    "root-missing": {"store.root-ca-missing": BOTH},
    "root-missing-in-tenant": {"entra.root-missing": _TENANT},
    "sample": {
        "store.issuing-ca-missing": BOTH,
        "http.ctl-store-on-client-binding": BOTH,
        "network.host-unreachable": BOTH,
        "crl.unreachable": BOTH,
        "claim.office365-serial-missing": BOTH,
    },
    "schannel-differs": {"tls.trusted-issuer-list-sent": _HOST},
    "service-accounts-differ": {"adfs.service-accounts-differ": _HOST},
    "service-stopped": {"adfs.service-stopped": _HOST},
    "sign-in-page-off": {"adfs.sign-in-page-off": _ADFS},
    "signing-ends": {"adfs.token-certificate-expiring": _ADFS},
    "signing-unknown": {"adfs.token-signing-unknown-to-entra": _ADFS},
    "stale-mirror": {"crl.differs-by-place": _ALICE},
    "sync-failed": {"farm.secondary-out-of-sync": _ADFS},
    "tenant-ca-missing": {"entra.issuing-ca-missing": _TENANT},
    "tenant-ca-superseded": {"entra.authority-superseded": _TENANT},
    "tenant-ca-type": {"entra.authority-type": _TENANT},
    "tenant-crl-https": {"entra.crl-url-https": BOTH},
    "tenant-crl-internal": {"entra.crl-url-not-public": BOTH},
    "tenant-crl-ldap": {"entra.crl-url-scheme": BOTH},
    "tenant-delta-alone": {"entra.delta-without-base": BOTH},
    "tls-12-off": {"tls.no-common-version": _HOST},
    "tls-certificate-expired": {"http.bound-certificate-expired": BOTH},
    "trust-certificate-expired": {"wap.trust-certificate-expired": _WAP},
    "trust-mode": {"tls.client-trust-mode": _HOST},
    "trusted-devices-differ": {"store.trusted-devices-differ": _STORE},
    "two-primaries": {"farm.primaries": _ADFS},
    "unknown": {},
    "user-certificate-expired": {"user.certificate-expired": _GIVEN},
    "user-for-servers": {"user.eku-without-client-auth": _GIVEN},
    "user-of-other-domain": {"user.domain-not-verified": _GIVEN},
    "user-unnamed": {"user.mapping-name-missing": _GIVEN},
    "wap-application": {"wap.application-on-farm-name": _WAP},
    "wap-forward-proxy": {"wap.forward-proxy": _WAP},
    "wap-leads-to-itself": {"wap.farm-name-wrong": _HOST},
    "wap-other-farm": {"wap.other-farm": _WAP},
    "wap-port": {"wap.ports-differ": _WAP},
    "wap-service-stopped": {"wap.service-stopped": _HOST},
    "wid-stopped": {"farm.database-stopped": _HOST},
}


def visible(scenario: str, form: Form, user: Literal["alice", "bob"] = "alice") -> set[str]:
    """Return the codes of a scenario that the files of a form show in any language."""
    rows = VISIBLE[scenario].items()
    return {code for code, seen in rows if seen.of(form) == "yes" and seen.user in ("", user)}
