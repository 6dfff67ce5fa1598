"""Limits that vendors name, with where and when they named them: `limits.toml`, read and typed.

Where the sources disagree each figure stands there with its own source; a
finding says which one it used.
"""

import math
import re
import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any, Final


class LimitsError(Exception):
    """The file of limits is not as it must be: a fault of the installation, never of the input."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One figure of one source."""

    id: str
    question: str  # what it answers; the figures of one question compete
    name: str
    value: float
    unit: str
    source: str
    date: str  # of the source, year and month
    used_by: tuple[str, ...]  # codes of rules
    why: str  # it is used, or is not

    @property
    def text(self) -> str:
        """Return the limit as a finding names it."""
        return f"{self.value:g} {self.unit} ({self.name}; {self.source}, {self.date})"


def read(text: str) -> dict[str, Limit]:
    """Return the limits by id; raises LimitsError when the text is not TOML or a field is missing, odd or unknown."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LimitsError(f"limits.toml: {error}") from error
    return {key: _limit(key, table) for key, table in tables.items()}


def _limit(key: str, table: object) -> Limit:
    wanted = {field.name for field in fields(Limit)} - {"id"}
    if not isinstance(table, dict) or table.keys() != wanted:
        raise LimitsError(f"limits.toml: {key} must have exactly {', '.join(sorted(wanted))}")
    faults = [name for name in wanted if not _fits(name, table[name])]
    if faults:
        raise LimitsError(f"limits.toml: {key}: {', '.join(sorted(faults))} can't be right")
    return Limit(id=key, **{**table, "used_by": tuple(table["used_by"])})


def _fits(name: str, value: Any) -> bool:  # noqa: ANN401 - whatever the file holds
    if name == "value":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    if name == "used_by":
        return isinstance(value, list) and all(isinstance(one, str) and "." in one for one in value)
    if name == "date":
        return isinstance(value, str) and re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", value) is not None
    return isinstance(value, str) and bool(value.strip())


_READ: Final = read(files(__package__).joinpath("limits.toml").read_text(encoding="utf-8"))
LIMITS: Final = tuple(_READ.values())


def _named(key: str) -> Limit:
    if key not in _READ:
        raise LimitsError(f"limits.toml has no {key}")
    return _READ[key]


def used_by(code: str) -> tuple[Limit, ...]:
    """Return the limits that a rule rests on, in the order of the file."""
    return tuple(limit for limit in LIMITS if code in limit.used_by)


CRL_SECONDS_WINDOWS: Final = _named("CRL_SECONDS_WINDOWS")
CRL_SECONDS_ENTRA: Final = _named("CRL_SECONDS_ENTRA")
CRL_SECONDS_ARTICLE: Final = _named("CRL_SECONDS_ARTICLE")
CRL_SECONDS_SLOW: Final = _named("CRL_SECONDS_SLOW")
CRL_SECONDS_CHAIN: Final = _named("CRL_SECONDS_CHAIN")
CRL_BYTES_WINDOWS: Final = _named("CRL_BYTES_WINDOWS")
CRL_BYTES_ENTRA: Final = _named("CRL_BYTES_ENTRA")
AIA_BYTES_WINDOWS: Final = _named("AIA_BYTES_WINDOWS")
AIA_URLS_WINDOWS: Final = _named("AIA_URLS_WINDOWS")
RSA_BITS_BLOCKED: Final = _named("RSA_BITS_BLOCKED")
RSA_BITS_WEAK: Final = _named("RSA_BITS_WEAK")
ISSUER_LIST_BYTES: Final = _named("ISSUER_LIST_BYTES")
CLOCK_SECONDS: Final = _named("CLOCK_SECONDS")
SYNC_POLLS: Final = _named("SYNC_POLLS")
TOKEN_CERTIFICATE_DAYS: Final = _named("TOKEN_CERTIFICATE_DAYS")
CRL_LIFETIME_LEFT: Final = _named("CRL_LIFETIME_LEFT")
CRL_LIFETIME_ENDS: Final = _named("CRL_LIFETIME_ENDS")
CRL_OVERLAP_GONE: Final = _named("CRL_OVERLAP_GONE")
ENTRA_CHAIN_CAS: Final = _named("ENTRA_CHAIN_CAS")
OCSP_DAYS: Final = _named("OCSP_DAYS")
