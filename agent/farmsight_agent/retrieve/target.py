"""What is to be fetched, and what is known beforehand of the answer."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from farmsight_agent.normalise.facts import bounded
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

_PURPOSE_BY_NAME: Final = {name: purpose for purpose, name in PURPOSE_NAMES.items()}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One URL for one purpose.

    `named_by` are the certificates (SHA-1) that name it, `position` its place
    in the extension, 0 = first. `issuer_der` is the CA expected to have signed
    the answer, `other_issuers` further CAs that may have (a renewed key, or
    several CAs that share the URL). `subject_der` is the certificate that an
    OCSP request is about, or that an AIA answer should have issued. `serials`
    are those (hex) of the CA certificates that name this URL. `questions` are
    the further pairs of certificate and issuer that a responder is asked about; with
    `with_nonce` it is asked once more, with a nonce. `not_fetched`, when set, says why
    the URL is only recorded. `remarks` are what people should know of it beforehand.
    """

    purpose: facts_pb2.RetrievalPurpose.ValueType
    url: str
    named_by: tuple[str, ...] = ()
    position: int = 0
    issuer_der: bytes | None = None
    subject_der: bytes | None = None
    other_issuers: tuple[bytes, ...] = ()
    serials: tuple[str, ...] = ()
    not_fetched: str = ""
    questions: tuple[tuple[bytes, bytes], ...] = ()
    with_nonce: bool = True
    remarks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return the key of the fact: purpose, space, URL."""
        return bounded(f"{PURPOSE_NAMES[self.purpose]} {self.url}")

    @property
    def issuers(self) -> tuple[bytes, ...]:
        """Return every CA that may have signed the answer, the expected one first."""
        first = () if self.issuer_der is None else (self.issuer_der,)
        return first + self.other_issuers

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON values; bytes become base64."""
        return {
            "purpose": PURPOSE_NAMES[self.purpose],
            "url": self.url,
            "named_by": list(self.named_by),
            "position": self.position,
            "issuer_der": _text(self.issuer_der),
            "subject_der": _text(self.subject_der),
            "other_issuers": [_text(der) for der in self.other_issuers],
            "serials": list(self.serials),
            "not_fetched": self.not_fetched,
            "questions": [[_text(subject), _text(issuer)] for subject, issuer in self.questions],
            "with_nonce": self.with_nonce,
            "remarks": list(self.remarks),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Target":
        """Return the target that `to_json` wrote; raises KeyError or ValueError for anything else."""
        return cls(
            purpose=_PURPOSE_BY_NAME[data["purpose"]],
            url=str(data["url"]),
            named_by=tuple(data["named_by"]),
            position=int(data["position"]),
            issuer_der=_bytes(data["issuer_der"]),
            subject_der=_bytes(data["subject_der"]),
            other_issuers=tuple(base64.b64decode(text) for text in data["other_issuers"]),
            serials=tuple(data["serials"]),
            not_fetched=str(data["not_fetched"]),
            questions=tuple(
                (base64.b64decode(subject), base64.b64decode(issuer)) for subject, issuer in data["questions"]
            ),
            with_nonce=bool(data["with_nonce"]),
            remarks=tuple(str(text) for text in data["remarks"]),
        )


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
