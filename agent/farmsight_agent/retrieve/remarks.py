"""What people should know of a URL beside how it went."""

from collections.abc import Iterable
from typing import Final

from farmsight_agent.retrieve import url as urls
from farmsight_wire.v1 import facts_pb2

MOST: Final = 8
LONGEST: Final = 400
# RFC 5280 8: such URLs can make checking go round in a circle. That the chain engine of Windows
# leaves them out in revocation checks is what people say of it, not what Microsoft documents.
HTTPS: Final = (
    "https: the server's own certificate must be checked first, perhaps with this very answer "
    "(RFC 5280 8 warns CAs of it); Windows may not fetch it when it checks revocation"
)
# CryptRetrieveObjectByUrl documents "https (CRL or OCSP retrievals only)".
HTTPS_ISSUER: Final = "https: CryptoAPI documents it for CRLs and OCSP alone, not for issuers' certificates"
# The same page names ldap, http, https and file.
LDAPS: Final = "ldaps: not among the schemes that CryptoAPI documents, and RFC 5280 8 warns CAs of it"


def of_url(purpose: facts_pb2.RetrievalPurpose.ValueType, url: str) -> tuple[str, ...]:
    """Return what the scheme of a URL alone tells."""
    scheme = urls.scheme_of(url)
    if scheme == "https":
        return (HTTPS_ISSUER if purpose == facts_pb2.RETRIEVAL_PURPOSE_AIA else HTTPS,)
    return (LDAPS,) if scheme == "ldaps" else ()


def bounded(remarks: Iterable[str]) -> list[str]:
    """Return the remarks fit for a fact: each once, in order, printable, not too many."""
    return [urls.printable_text(text, LONGEST) for text in dict.fromkeys(remarks)][:MOST]
