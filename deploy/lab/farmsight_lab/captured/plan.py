"""What shall be written, and as which Windows prints it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.languages.words import Words

Form = Literal["article", "script", "both"]
Encoding = Literal["utf-8", "utf-16", "oem", "ansi"]


@dataclass(frozen=True, kw_only=True)
class Windows:
    """What differs between versions: `errors` is how certutil names an error of the network."""

    name: str
    caption: str
    version: str
    update: int
    binding_rows: int  # that netsh prints of a TLS binding, its key among them
    extended_properties: bool  # which netsh prints below them
    compact_hash: bool  # certutil prints a hash in one piece, with its label
    retrieval_hash: bool  # certutil prints the hash of what it fetched
    errors: Literal["WIN32", "INet", "WinHttp"]


WINDOWS: Final[dict[str, Windows]] = {
    one.name: one
    for one in (
        Windows(
            name="2012r2",
            caption="Microsoft Windows Server 2012 R2 Standard",
            version="6.3.9600",
            update=21620,
            binding_rows=13,
            extended_properties=False,
            compact_hash=False,
            retrieval_hash=False,
            errors="WIN32",
        ),
        Windows(
            name="2016",
            caption="Microsoft Windows Server 2016 Standard",
            version="10.0.14393",
            update=7159,
            binding_rows=15,
            extended_properties=False,
            compact_hash=True,
            retrieval_hash=False,
            errors="INet",
        ),
        Windows(
            name="2019",
            caption="Microsoft Windows Server 2019 Standard",
            version="10.0.17763",
            update=6054,
            binding_rows=15,
            extended_properties=False,
            compact_hash=True,
            retrieval_hash=True,
            errors="INet",
        ),
        Windows(
            name="2022",
            caption="Microsoft Windows Server 2022 Datacenter",
            version="10.0.20348",
            update=2849,
            binding_rows=23,
            extended_properties=True,
            compact_hash=True,
            retrieval_hash=True,
            errors="WinHttp",
        ),
        Windows(
            name="2025",
            caption="Microsoft Windows Server 2025 Datacenter",
            version="10.0.26100",
            update=2033,
            binding_rows=24,
            extended_properties=True,
            compact_hash=True,
            retrieval_hash=True,
            errors="WinHttp",
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one server's outputs look."""

    language: str = "en"
    encoding: Encoding = "oem"
    windows: str = "2022"
    width: int = 120  # of the console that PowerShell lays its text out for
    utc_offset_h: float = 0.0  # of the clock on the wall: certutil prints local time

    @property
    def words(self) -> Words:
        """Return the words of the display language."""
        return LANGUAGES[self.language]

    @property
    def system(self) -> Windows:
        """Return what this version of Windows prints."""
        return WINDOWS[self.windows]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to write for the farm.

    `form` is "article" for what people type, "script" for what the collection
    script gives (the same outputs under its own names of accounts, documents,
    exported stores), "both" for the article's files with the script's beside.
    `user` is whose certificate was checked, and `fetches_issuers` whether the
    chain engine may fetch a CA that no store has, which Windows does unless a
    policy forbids it, and http.sys does not: with it a chain can be whole
    though the store lacks a CA.
    """

    form: Form = "both"
    style: Style = Style()
    styles: Mapping[str, Style] = field(default_factory=dict)  # of servers that differ
    user: Literal["alice", "bob"] = "alice"
    fetches_issuers: bool = True

    @property
    def article(self) -> bool:
        """Tell whether people typed the commands, as the article has it."""
        return self.form in ("article", "both")

    @property
    def script(self) -> bool:
        """Tell whether to write what the collection script gives."""
        return self.form in ("script", "both")

    def style_of(self, server: str) -> Style:
        """Return how a server's outputs look."""
        return self.styles.get(server, self.style)
