"""What an output of `certutil -verify` is made of."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from farmsight_agent.hosts.evidence.certutil.dates import Calendar
from farmsight_agent.hosts.evidence.certutil.fields import Field

# CERT_TRUST_STATUS.dwErrorStatus (wincrypt.h).
NOT_TIME_VALID: Final = 0x1
REVOKED: Final = 0x4
NOT_SIGNATURE_VALID: Final = 0x8
REVOCATION_UNKNOWN: Final = 0x40
OFFLINE_REVOCATION: Final = 0x1000000


class Section(enum.Enum):
    """Where the URLs of an element come from."""

    AIA = "aia"
    CDP = "cdp"
    BASE_CDP = "base-cdp"  # the Freshest CRL extension of the base CRL that was fetched: deltas
    OCSP = "ocsp"


@dataclass(kw_only=True)
class Result:
    """What came of one URL. `word` is the tool's own, translated; `error` an HRESULT or "" where an object came."""

    line: int
    word: str
    shown: str  # what stands in quotes: the kind of object, with its number in hex
    seconds: int
    sha1: str = ""  # of the object; Windows before 2019 does not show it
    index: tuple[int, ...] = ()  # URL, object, and for a delta the URL in the base CRL; none where nothing came
    error: str = ""
    error_text: str = ""
    url: str = ""
    section: Section | None = None
    delta: bool = False
    place: int = 0  # of the URL among those of its extension

    @property
    def number(self) -> str:
        """Return what stands in brackets: of a CRL its number, as printed."""
        return self.shown.rpartition("(")[2].partition(")")[0].strip() if "(" in self.shown else ""


@dataclass(kw_only=True)
class UrlSection:
    """One heading and the results below it."""

    line: int
    words: str
    results: list[Result] = field(default_factory=list)
    kind: Section | None = None


@dataclass(kw_only=True)
class CrlShown:
    """A CRL, or an OCSP response, that the chain engine went by; `whole` when nothing of it is cut off."""

    line: int
    what: str
    number: str
    issuer: str = ""
    this_update: str = ""
    next_update: str = ""
    sha1: str = ""

    @property
    def whole(self) -> bool:
        """Tell whether the hash that ends the block is there."""
        return bool(self.sha1)


@dataclass(kw_only=True)
class Element:
    """One certificate of a chain. An excerpt without its first line gives one without chain and level (-1)."""

    line: int
    chain: int = -1
    level: int = -1
    info_status: int = 0
    error_status: int = 0
    sha1: str = ""
    issuer: str = ""
    subject: str = ""
    serial: str = ""
    not_before: str = ""
    not_after: str = ""
    alternative_names: str | None = None
    template: str = ""
    applications: list[str] = field(default_factory=list)
    sections: list[UrlSection] = field(default_factory=list)
    sections_closed: bool = False
    crls: list[CrlShown] = field(default_factory=list)
    rows: list[Field] = field(default_factory=list)
    rows_open: bool = True

    @property
    def known(self) -> bool:
        """Tell whether this is a certificate of a chain, not a piece of an excerpt."""
        return self.level >= 0

    @property
    def results(self) -> Iterator[Result]:
        """Yield the results of all sections, in their order."""
        for section in self.sections:
            yield from section.results


@dataclass(kw_only=True)
class Verification:
    """A whole output, or what of it is there: `complete` is False without the line that ends it.

    What an incomplete one does not mention may have stood in the part that
    is missing. The three answers are None where they are not told.
    """

    elements: list[Element] = field(default_factory=list)
    context_seen: bool = False
    error_status: int = 0
    info_status: int = 0
    chain_error: str = ""
    revocation_error: str = ""
    revocation_passed: bool | None = None
    leaf_is_ca: bool | None = None
    machine_engine: bool | None = None
    application_policies: tuple[str, ...] = ()
    all_application_policies: bool = False
    complete: bool = False
    calendar: Calendar = field(default_factory=lambda: Calendar(()))

    @property
    def chain(self) -> list[Element]:
        """Return the elements of the first chain, the leaf first: the one that the verdict is about."""
        return [one for one in self.elements if one.known and one.chain == 0]

    @property
    def leaf(self) -> Element | None:
        """Return the certificate that was verified."""
        return next((one for one in self.chain if one.level == 0), None)
