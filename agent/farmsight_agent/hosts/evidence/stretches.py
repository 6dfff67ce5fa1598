"""A file parted into outputs, where lines show that one begins or ended; by their shape alone.

An output begins below a prompt or a command, below a banner, at a heading
that is underlined, or at a line that begins no other output; certutil says
where its outputs end.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.echoes import Echo, echo, form_of
from farmsight_agent.hosts.evidence.names import is_file_name

_FOOTER: Final = re.compile(r"^CertUtil: -")
_CERTUTIL: Final = re.compile(r"^CertUtil:")
_UNDERLINE: Final = re.compile(r"^-{5,}\s*$")
_COLON_AT_END: Final = re.compile(r"[:\uff1a]\s*$")
# Lines that only certutil prints, and that look like banners.
_OF_CERTUTIL: Final = re.compile(
    r"={16}\s.{0,100}\d.{0,100}\s={16}\s*$|-{16}\s{1,4}\S.{0,100}?\s{1,4}-{16}\s*$|-{8}\sCERT_CHAIN_CONTEXT\s-{8}"
    r"|CertContext\[\d"
)
_BANNER: Final = re.compile(r"([=#*~_+-])\1{1,}>?\s*(?P<inner>(?!\1)\S.{0,200}?)\s*<?(?<!\1)\1{1,}\s*$")
_LONGEST_BANNER: Final = 300
_RULED: Final = re.compile(r"([=#*~_+-])\1{9,}\s*$")
_STORE: Final = re.compile(r"[^\s\"][^\"]{0,199} \"[^\"]{0,200}\"\s*$")
_STORE_ENTRY: Final = re.compile(r"={16} .{0,100}\d")
_WINHTTP: Final = re.compile(r"\S.{0,120}winhttp.{0,120}[:\uff1a]\s*$", re.IGNORECASE)
_COLUMNS: Final = re.compile(r"-{5,}\s+-{5,}\s*$")
_LABEL: Final = re.compile(r"[^:\uff1a]{1,60}[:\uff1a]\s*$")
_NAME_PART: Final = re.compile(r"\s+[A-Za-z0-9.]{1,40}=")
_PROPERTY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{2,60} +: ")
# The name of the machine in the heading of a PowerShell transcript; what stands behind it, no language translates.
_MACHINE: Final = re.compile(r"[^:\uff1a]{1,40}[:\uff1a]\s?(?P<machine>[\w-]{1,63}) \(Microsoft Windows NT \d")


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Lines `first` to `last`, from 1: an output, and the command of which it is; `echoed`: that is the first line.

    `machine` and `account` are where and as whom it ran, as the console has
    it, "" where nothing tells; `heading`: it is that of a transcript;
    `titled` the name of a file that stands above it, as who joins files writes it.
    """

    first: int
    last: int
    command: str = ""
    echoed: bool = False
    machine: str = ""
    account: str = ""
    titled: str = ""
    elsewhere: bool = False
    heading: bool = False


def stretches(lines: Sequence[str]) -> Iterator[Stretch]:
    """Yield the stretches of a file in their order."""
    parting = _Parting(lines)
    found = [one for number in range(1, len(lines) + 1) if (one := parting.line(number)) is not None]
    last = parting.rest()
    yield from (*found, last) if last is not None else found


class _Parting:
    """One file on its way: what was begun, and what was seen of it."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._session = ""  # the machine that a transcript or the command `hostname` tells
        self._accounts: dict[str, str] = {}  # that the command `whoami` tells, by machine
        self._titled = ""
        self._begin, self._echo, self._echoed = 1, Echo(command=""), False
        self._filled = False  # something stands below the command
        self._certutil = self._ended = self._heading = False
        self._kind = ""  # of what began: "ruled" below an underlined heading, "listed" with a property

    def line(self, number: int) -> Stretch | None:
        """Take the next line; return the stretch that ends before it, if one does."""
        text = self._lines[number - 1]
        given = echo(text)
        if given is not None:
            done = self._cut(number)
            self._echo, self._echoed, self._titled = given, True, ""
            self._certutil = "certutil" in given.command.lower()
            return done
        if not text.strip():
            return None
        outside = not text[0].isspace()
        title = self._title(number, text) if outside else None
        if title is not None:
            done = self._cut(number)
            self._begin, self._titled = number + 1, title if is_file_name(title) else ""
            self._echo = Echo(command=title if form_of(title) is not None else "")
            return done
        done = self._begun(number) if outside and self._begins(number, text) else None
        self._note(number, text)
        return done

    def rest(self) -> Stretch | None:
        """Return the last stretch."""
        return self._cut(len(self._lines) + 1)

    def _begun(self, number: int) -> Stretch | None:
        if self._echo.command and not self._filled:  # it is the output of the command above it
            return None
        titled = "" if self._filled else self._titled
        done = self._cut(number)
        self._titled = titled
        return done

    def _title(self, number: int, text: str) -> str | None:
        """Return what a banner says, or a file's name alone on a line."""
        if (self._certutil and not self._ended) or _OF_CERTUTIL.match(text):
            return None
        banner = _BANNER.match(text) if len(text) <= _LONGEST_BANNER else None
        if banner is not None and self._parts(number, banner["inner"]):
            return banner["inner"]
        alone = text.strip().rstrip(":")
        return alone if is_file_name(alone) and self._free_before(number) else None

    def _parts(self, number: int, title: str) -> bool:
        """Tell a banner above an output from one within ("--- snip ---"), around which its lines go on."""
        if form_of(title) is not None or is_file_name(title):
            return True
        below = next((one for one in self._lines[number : number + 20] if one.strip()), "")
        beside = [*self._lines[number - 2 : number - 1], *self._lines[number : number + 1]]
        within = self._filled and not self._ended and all(one.strip() and not _RULED.match(one) for one in beside)
        return not below[:1].isspace() and not within

    def _begins(self, number: int, text: str) -> bool:
        if self._ended:
            return not _CERTUTIL.match(text)
        if not self._free_before(number):
            return False
        following = self._lines[number : number + 4]
        if following and _UNDERLINE.match(following[0]):
            return not self._certutil or bool(_COLON_AT_END.search(text))
        after = next((one for one in following if one.strip()), "")
        if _STORE.match(text) and (_STORE_ENTRY.match(after) or _FOOTER.match(after)):
            return True
        return bool(_WINHTTP.match(text)) or (not self._certutil and self._opens(text, following))

    def _opens(self, text: str, following: Sequence[str]) -> bool:
        """Tell the first line of an output without a heading of its own, behind an output that cannot hold it."""
        if len(following) > 2 and not following[0].strip() and _COLUMNS.match(following[2]):
            return True
        if self._kind and _LABEL.match(text) and following and _NAME_PART.match(following[0]):
            return True
        return self._kind == "ruled" and _PROPERTY.match(text) is not None

    def _free_before(self, number: int) -> bool:
        before = self._lines[number - 2] if number > 1 else ""
        return number == self._begin or not before.strip() or bool(_RULED.match(before)) or echo(before) is not None

    def _note(self, number: int, text: str) -> None:
        """Keep what a line says of the stretch that it stands in."""
        if not self._filled:
            self._kind = "listed" if _PROPERTY.match(text) else "ruled" if _WINHTTP.match(text) else ""
        self._filled = True
        self._ended = self._ended or bool(_FOOTER.match(text))
        self._certutil = self._certutil or bool(_OF_CERTUTIL.match(text))
        if not self._certutil and _UNDERLINE.match(text) and self._lines[number - 2 : number - 1] not in ([""], []):
            self._kind = "ruled"
        machine = _MACHINE.match(text)
        if machine is not None:
            self._session, self._heading = machine["machine"], True
        elif self._echo.asks_name:
            self._session = text.strip()
        elif self._echo.asks_account:
            self._accounts[self._echo.machine] = text.strip()

    def _cut(self, number: int) -> Stretch | None:
        done = None
        if number > self._begin and (self._filled or self._echo.command):
            done = Stretch(
                first=self._begin,
                last=number - 1,
                command=self._echo.command,
                echoed=self._echoed,
                machine=self._echo.machine or self._session,
                account=self._accounts.get(self._echo.machine, ""),
                titled=self._titled,
                elsewhere=self._echo.elsewhere,
                heading=self._heading,
            )
            self._titled = ""
        self._begin, self._echo, self._echoed = number, Echo(command=""), False
        self._filled = self._certutil = self._ended = self._heading = False
        self._kind = ""
        return done
