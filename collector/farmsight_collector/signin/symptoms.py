"""What the user and the administrator see where a hop fails.

By the entry of the catalogue where that tells more, else by the hop. What no
source shows and field experience believes is marked "probably". Sources, by
short name: KB = Microsoft KB 4032987; CUCA = "Configure user certificate
authentication in AD FS"; PROMPT = "AD FS prompt=login parameter support";
ECRL = "Entra ID certificate revocation list"; TCERT = "AD FS troubleshooting:
certificates"; TBX = adfsToolbox; SCH = Schannel SSP documentation; KB2802568,
KB2801679; HTTPERR = "Error logging in HTTP Server API".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """Both sides of one failure; empty: nothing is seen there."""

    user: str
    administrator: str = ""
    source: str


def symptom(hop: str, entries: Iterable[str]) -> Symptom | None:
    """Return what is seen where this hop fails by these entries of the catalogue."""
    return next((BY_ENTRY[entry] for entry in entries if entry in BY_ENTRY), BY_HOP.get(hop))


_REFUSED: Final = "the certificate is chosen, then the connection ends or a 403 page comes"
_UNREACHED: Final = "no certificate prompt: the browser can't reach the page (refused or timed out)"

BY_HOP: Final[Mapping[str, Symptom]] = {
    "user-certificate": Symptom(
        source="KB general requirements; 0x800B0101 and 0x10: wincrypt.h..",
        user="probably the certificate is not offered, or is refused after it was chosen",
        administrator="CAPI2 11 and 30 on the server with the error of the chain",
    ),
    "domain-federated": Symptom(
        source="KB general requirements",
        user="never sent to AD FS: Entra ID asks for a password or another method itself",
    ),
    "prompt-login": Symptom(
        source="KB Entra step 4; PROMPT",
        user="a password form in apps that send prompt=login: certificate sign-in is not offered",
    ),
    "name-resolution": Symptom(source="CUCA (names and certauth)", user="the browser can't find the server"),
    "load-balancer": Symptom(
        source="KB servers step 6 and 7", user=_UNREACHED, administrator="nothing in the logs of the servers behind"
    ),
    "port": Symptom(
        source="KB servers steps 6 and 7; AD FS event reference",
        user=_UNREACHED,
        administrator="AD FS/Admin 102 or 133 where the port could not be opened",
    ),
    "tls": Symptom(
        source="SCH; Hamrick, client certificates and TLS 1.3",
        user="no certificate prompt, or the connection is reset",
        administrator="System: Schannel 36870, 36871 or 36874, probably; AD FS/Admin 360",
    ),
    "issuer-offered": Symptom(
        source="CUCA ('HTTP 204'); KB2801679",
        user="no certificate prompt, or an empty page (HTTP 204): the device has no certificate of an offered issuer",
        administrator="AD FS/Admin 360 (no client certificate), probably",
    ),
    "wap-chain": Symptom(
        source="SCH; KB2802568 (403.16, 0x800B0109); events: KB4560600",
        user=_REFUSED,
        administrator="on the proxy: CAPI2 11 and 30 (0x800B0109, 0x800B010A); Schannel 36877, probably",
    ),
    "wap-revocation": Symptom(
        source="CUCA (CAPI2 41 with 80092013)",
        user="the certificate is chosen, then a long wait and an error",
        administrator="on the proxy: CAPI2 41 with 0x80092013",
    ),
    "forwarding": Symptom(
        source="TBX TestAdfsEventLogs; AD FS troubleshooting, WAP trust",
        user="HTTP 503 or an empty page",
        administrator="on the proxy: AD FS/Admin 224, 393, 394 or 422; on AD FS: 276",
    ),
    "adfs-listens": Symptom(
        source="AD FS event reference; default endpoints of AD FS",
        user="HTTP 503, or no answer",
        administrator="AD FS/Admin 102, 199 or 383 on the node",
    ),
    "adfs-chain": Symptom(
        source="TCERT (319 is the client certificate's, by belief)",
        user="an AD FS error page after the certificate was chosen",
        administrator="on AD FS: AD FS/Admin 364, with 319 probably; CAPI2 11 and 30",
    ),
    "adfs-revocation": Symptom(
        source="CUCA; TCERT",
        user="a long wait, then an AD FS error page after the certificate was chosen",
        administrator="on AD FS: CAPI2 41 with 0x80092013; AD FS/Admin 364, with 319 probably",
    ),
    "ntauth": Symptom(
        source="Microsoft Japan support and CUCA ask for NTAuth; that a farm fails without it is belief",
        user="probably an AD FS error page after the certificate was chosen",
        administrator="on AD FS: AD FS/Admin 364, probably; 0x800B0112 in CAPI2 30",
    ),
    "authentication-provider": Symptom(
        source="KB servers step 5",
        user='"Sign in using an X.509 certificate" is not on the sign-in page',
        administrator="AD FS/Admin 364 where an app asks for it, probably",
    ),
    "claim-rules": Symptom(
        source="KB servers step 4; EIOS (revocation by serial number and issuer)",
        user="sign-in may work at first; refreshing tokens and Exchange ActiveSync fail, probably",
        administrator="Entra ID can't tell which certificate was used: revocation has no effect",
    ),
    "token": Symptom(
        source="Entra error codes, by belief",
        user="AADSTS50008, probably, or an endless loop between the sign-in pages",
        administrator="sign-in log of Entra ID: 50008, probably",
    ),
    "tenant-authorities": Symptom(
        source="ECRL lists the numbers; their meanings are belief",
        user="AADSTS500176, probably",
        administrator="sign-in log of Entra ID: 500176 (CA object not found), probably",
    ),
    "tenant-revocation": Symptom(
        source="?",
        user="AADSTS500173, probably: sign-in or refreshing fails, at first now and then",
        administrator="sign-in log of Entra ID: 500173 or 500179, probably",
    ),
    "user-mapping": Symptom(
        source="KB general requirements; AADSTS50034, 51004: belief",
        user="the account is not found: AADSTS50034 or 51004, probably",
        administrator="on AD FS: AD FS/Admin 364, probably; sign-in log of Entra ID: 50034 or 51004, probably",
    ),
}

BY_ENTRY: Final[Mapping[str, Symptom]] = {
    "CRL-33": Symptom(
        source="wincrypt.h: CRYPT_E_REVOKED",
        user="this user alone is refused, as is meant: 403, or an error page",
        administrator="CAPI2 41 with 0x80092010 (revoked)",
    ),
    "CRL-34": Symptom(
        source="wincrypt.h, CRYPT_E_REVOKED",
        user="every user of this CA is refused: 403, or an error page",
        administrator="CAPI2 41 with 0x80092010 (revoked)",
    ),
    "STORE-04": Symptom(
        source="KB2802568",
        user="every certificate is refused: 403.16 (or 403.7)",
        administrator="CAPI2 30 with 0x800B0109 for every user",
    ),
    "STORE-07": Symptom(
        source="wincrypt.h: TRUST_E_EXPLICIT_DISTRUST",
        user=_REFUSED,
        administrator="CAPI2 30 with 0x800B0111 (explicit distrust)",
    ),
    "STORE-06": Symptom(
        source="wincrypt.h, CERT_E_EXPIRED",
        user=_REFUSED,
        administrator="CAPI2 30 with 0x800B0101 (not within its time)",
    ),
    "USER-01": Symptom(
        source="KB general requirements",
        user="the account is not found: AADSTS51004, probably; Exchange ActiveSync fails",
        administrator="on AD FS: AD FS/Admin 364, probably",
    ),
    "USER-07": Symptom(
        source="wincrypt.h; that pickers hide such certificates is belief",
        user="the certificate is not offered, probably; else refused",
        administrator="CAPI2 30 with 0x800B0101",
    ),
    "HTTP-06": Symptom(
        source="HTTP Server API, error logging: 400 Hostname, 503 N/A",
        user="HTTP 400, 404 or 503 from another program",
        administrator="HTTPERR log: Hostname or N/A",
    ),
    "TLS-01": Symptom(
        source="SCH: issuer list over 16 KB",
        user="no certificate prompt, or 403.7",
        administrator="System: Schannel 36885",
    ),
    "HTTP-11": Symptom(
        source="AD FS and WAP field reports; Schannel events",
        user="the TLS handshake is reset",
        administrator="System: Schannel 36870; HttpEvent 15021",
    ),
    "HTTP-12": Symptom(source="RFC 5280 4.1.2.5", user="the browser warns of the server's certificate, or refuses it"),
    "ADFS-04": Symptom(
        source="default endpoints of AD FS: what clients use them for",
        user="apps that sign in by WS-Trust or Exchange ActiveSync fail",
        administrator="AD FS/Admin 111",
    ),
    "ADFS-05": Symptom(
        source="default endpoints of AD FS",
        user="outside: HTTP 404 or 503 in apps that use the endpoint; inside it works",
    ),
    "ADFS-06": Symptom(source="default endpoints of AD FS", user="no sign-in page at all: HTTP 404 or 503"),
    "WAP-05": Symptom(
        source="KB servers step 1; MS-ADFSPIP",
        user="no certificate prompt, or AD FS never sees the certificate that was chosen",
    ),
    "ADFS-11": Symptom(
        source="Entra error codes: belief",
        user="an AD FS error page: the relying party is not known",
        administrator="AD FS/Admin 364 (MSIS7007), probably",
    ),
    "ENTRA-20": Symptom(
        source="Entra error codes; their meanings are belief",
        user="AADSTS50107 or AADSTS50008, probably",
        administrator="sign-in log of Entra ID: 50107 or 50008, probably",
    ),
    "ENTRA-10": Symptom(
        source="ECRL lists the numbers; their meanings are belief",
        user="AADSTS500175, probably: every user of this CA",
        administrator="sign-in log of Entra ID: 500175, probably",
    ),
    "ENTRA-11": Symptom(
        source="ECRL lists the numbers; their meanings are belief",
        user="AADSTS500174 or AADSTS500175, probably",
        administrator="sign-in log of Entra ID: 500174, 500175, probably",
    ),
    "ENTRA-12": Symptom(
        source="ECRL: 500177 is a delta CRL without a base CRL",
        user="AADSTS500177",
        administrator="sign-in log of Entra ID: 500177",
    ),
}
