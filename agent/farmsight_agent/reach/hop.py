"""One hop of the way to the collector: what is asked of it, and how it can fail."""

from dataclasses import asdict, dataclass
from typing import Final

from farmsight_agent.config_reading import split_address
from farmsight_agent.identity import IdentityError

OK: Final = "ok"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what was tested, on the way to which collector, how it came out, what was seen, and what to do."""

    step: str
    state: str
    says: str
    remedy: str = ""
    address: str = ""

    def to_json(self) -> dict[str, str]:
        """Return this as JSON values."""
        return asdict(self)


class SkippedError(Exception):
    """A step that does not apply just now; nothing is wrong."""


class HopError(IdentityError):
    """A hop that fails: which one, what was seen there, and what to do."""

    def __init__(self, hop: str, says: str, remedy: str) -> None:
        """Keep the three."""
        super().__init__(f"{hop}: {says}; {remedy}")
        self.hop = hop
        self.says = says
        self.remedy = remedy


def target(address: str) -> tuple[str, int]:
    """Return host and port of a collector's address; raises HopError."""
    found = split_address(address)
    if found is None:
        raise HopError("address", f"{address!r} is not HOST:PORT", "for example collector.contoso.com:7443")
    return found
