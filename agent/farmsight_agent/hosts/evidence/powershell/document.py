"""The text that PowerShell printed, as the sections of rows that its JSON would have."""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.excerpts import CUT, PICKED, Row
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.powershell import (
    clixml,
    cmdlets,
    errors,
    gaps,
    listing,
    rules_printed,
    separated,
    table,
    values,
)
from farmsight_agent.hosts.evidence.powershell.commands import Command
from farmsight_agent.hosts.evidence.powershell.lines import Line
from farmsight_agent.hosts.evidence.powershell.records import MOST, End, Record, break_off
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece
from farmsight_agent.hosts.evidence.powershell.transcript import Stretch, stretches
from farmsight_agent.outcome import FailedError

_BY_FILE: Final = (
    (re.compile(r"authprovider", re.IGNORECASE), "Get-AdfsAuthenticationProvider"),
    (re.compile(r"claimstrust", re.IGNORECASE), cmdlets.CLAIMS_PROVIDER),
    (re.compile(r"rptrust", re.IGNORECASE), cmdlets.RELYING_PARTY),
    (re.compile(r"entra_trustedca", re.IGNORECASE), cmdlets.TRUSTED_CA),
    (re.compile(r"entra_federation", re.IGNORECASE), cmdlets.FEDERATION_SETTINGS),
    (re.compile(r"wap.{0,20}ssl", re.IGNORECASE), cmdlets.PROXY_SSL),
)
_IN_NAME: Final = re.compile(r"Get-[A-Za-z0-9]{3,60}")
_DOMAIN_IN_NAME: Final = re.compile(r"entra_federation_(.{1,253})\.(?:txt|json)", re.IGNORECASE)
_OF_A_DOMAIN: Final = frozenset({cmdlets.FEDERATION_SETTINGS, cmdlets.FEDERATION_PROPERTY})
_ADDRESS: Final = re.compile(r"/(?:adfs|FederationMetadata|EnrollmentServer)/\S*", re.IGNORECASE)


def read(text: Text) -> Located:
    """Return the sections of a text, each row with its line; raises FailedError where nothing is understood.

    What a cmdlet refused stands under "Errors", as does what breaks off
    before anything can be told of it.
    """
    reader = _Reader(text)
    if clixml.is_clixml(text):
        reader.take_rows(clixml.rows(text))
    elif separated.header(text) is not None:
        reader.take_rows(separated.rows(text))
    else:
        for stretch in stretches(text):
            reader.take(stretch)
    return reader.document()


def hinted(name: str) -> str:
    """Return the cmdlet that a file's name promises, or ""."""
    base = name.rpartition("/")[2]
    named = _IN_NAME.search(base)
    if named is not None and named[0].lower() in cmdlets.BY_NAME:
        return cmdlets.SPELLINGS[named[0].lower()]
    return next((cmdlet for pattern, cmdlet in _BY_FILE if pattern.search(base)), "")


def domain_of(name: str) -> str:
    """Return the domain in a file's name (`entra_federation_DOMAIN.txt`), or ""."""
    found = _DOMAIN_IN_NAME.search(name.rpartition("/")[2])
    return found[1].lower() if found else ""


def is_address(text: str) -> bool:
    """Tell the path of an AD FS endpoint, alone on a line."""
    return _ADDRESS.fullmatch(text) is not None


class _Reader:
    """Gathers sections over the stretches of one text."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._hint = hinted(text.name)
        self._sections: dict[str, list[Row]] = {}
        self._errors: dict[str, Located] = {}
        self._count = 0  # of the objects met
        self._nameless: Located | None = None  # rules of which nothing says whose they are

    def take(self, stretch: Stretch) -> None:
        """Take what came behind one command."""
        command = stretch.command
        refusals, lines = errors.part(stretch.lines)
        for one in refusals:
            cmdlet = one.cmdlet or (command.cmdlet if command else "") or self._hint
            self._fails(cmdlet, one.reason, one.message, one.line)
        found = self._rules(lines, command) or self._records(lines, stretch) or self._alone(lines, command)
        if command is None or not command.cmdlet or found or refusals:
            return
        said = next((line for line in lines if line.text), None)
        if said is not None:
            self._fails(command.cmdlet, "not-understood", f"what {command.cmdlet} printed", said.number)
        elif not (stretch.last or command.picks or command.elsewhere or command.expanded):
            self._sections.setdefault(command.cmdlet, [])

    def take_rows(self, found: Sequence[Row]) -> None:
        """Take objects that an export holds."""
        for row in found:
            shown = {name.lower(): value.lower()[:300] if isinstance(value, str) else "" for name, value in row.items()}
            name = cmdlets.tell(shown, self._hint, shown)
            if not name:
                continue
            spelled = Row.of({cmdlets.SPELLED.get(one.lower(), one): row[one] for one in row}, row.source, row.rest)
            if cmdlets.BY_NAME[name.lower()].name in _OF_A_DOMAIN and domain_of(self._text.name):
                spelled.setdefault("DomainName", domain_of(self._text.name))
            section = self._sections.setdefault(name, [])
            if cmdlets.BY_NAME[name.lower()].single:
                _merge(section, spelled, name)
            else:
                section.append(spelled)

    def document(self) -> Located:
        """Return the sections; raises FailedError where there are none."""
        made = Located(self._sections)
        made.source = self._text.at(1)
        failed = {name: one for name, one in self._errors.items() if not self._sections.get(name)}
        if failed:
            made["Errors"] = Located(failed)
        if not made and self._nameless is not None:
            raise FailedError(self._nameless["Reason"], self._nameless["Message"], source=self._nameless.source)
        if not made:
            detail = f"{self._text.name}: no output of a cmdlet that is known here"
            raise FailedError("not-understood", detail, source=self._text.at(1))
        return made

    def _fails(self, cmdlet: str, reason: str, message: str, line: int) -> None:
        if cmdlet and cmdlet not in self._errors:
            self._errors[cmdlet] = self._error(reason, message, line)

    def _error(self, reason: str, message: str, line: int) -> Located:
        made = Located(Reason=reason, Message=message)
        made.source = self._text.at(line)
        return made

    def _rules(self, lines: Sequence[Line], command: Command | None) -> bool:
        held = rules_printed.printed(lines)
        if not held:
            return False
        gap = gaps.first(held)
        if gap is not None:
            self._fails(command.cmdlet if command else self._hint, "partial-listing", "some rules are left out", gap)
            return True
        found = rules_printed.row(held, command, self._text)
        if found is not None:
            self._sections.setdefault(found[0], []).append(found[1])
        else:
            detail = "rules of a trust that neither a command nor the file's name tells"
            self._nameless = self._error("trust-not-said", detail, held[0].number)
        return True

    def _records(self, lines: Sequence[Line], stretch: Stretch) -> bool:
        pieces = gaps.parted(lines)
        found = False
        for piece in pieces:
            runs, last = _runs(piece), piece is pieces[-1]
            self._count += sum(map(len, runs))
            if self._count > MOST:
                detail = f"{self._text.name}: more than {MOST} objects"
                raise FailedError("too-many-objects", detail, source=self._text.at(piece[0].number))
            end = stretch.end if last else End.OPEN
            if runs:
                break_off(runs[-1], _closed(runs[-1][-1], piece, end))
            if len(pieces) > 1:
                gaps.taken_apart(runs, first=piece is pieces[0], last=last)
            for run in runs:
                self._run(run, stretch.command, ends=run is runs[-1] and end is not End.FOLLOWED)
            found = found or any(runs)
        return found

    def _run(self, records: Sequence[Record], command: Command | None, *, ends: bool) -> None:
        """Add the objects of one listing; `ends`: the text ends with it, so that the last one may break off."""
        told = [(self._told(record, command), record) for record in records]
        last_name, last = told[-1]
        short = ends and any(name == last_name and not record.names <= last.names for name, record in told)
        for name, record in told:
            if name:
                self._add(name, record, command, cut=not record.whole or (short and record is last))

    def _told(self, record: Record, command: Command | None) -> str:
        hint = (command.cmdlet if command else "") or self._hint
        shown = {name.lower(): value.text.lower()[:300] for name, value in record.values.items()}
        return cmdlets.tell(record.names, hint, shown)

    def _add(self, name: str, record: Record, command: Command | None, *, cut: bool) -> None:
        cmdlet = cmdlets.BY_NAME[name.lower()]
        row = self._row(record, name, command)
        section = self._sections.setdefault(name, [])
        if cmdlet.single:
            _merge(section, row, name)
        elif not cut or record.names & set(cmdlet.key):
            section.append(row)
        if cut and not cmdlet.single:
            for one in section:
                one.rest = CUT
            self._fails(name, "truncated", "the listing breaks off", record.line)

    def _row(self, record: Record, name: str, command: Command | None) -> Row:
        picked = command is not None and command.picks
        if name == cmdlets.RELYING_PARTY and command is None:  # the article asks for one of them by its name
            picked = True
        row = Row.of({}, self._text.at(record.line), PICKED if picked else "")
        for shown, value in record.values.items():
            spelled = cmdlets.SPELLED.get(shown.lower(), shown)
            told = values.read(spelled, value)
            if told is not values.UNKNOWN:
                row[spelled] = told
            elif value.shortened:
                row.begins[spelled] = value.text
        if cmdlets.BY_NAME[name.lower()].name in _OF_A_DOMAIN:
            domain = (command.domain if command else "") or domain_of(self._text.name)
            if domain:
                row.setdefault("DomainName", domain)
        return row

    def _alone(self, lines: Sequence[Line], command: Command | None) -> bool:
        """Take values that stand there without their property's name, where the command says it."""
        said = [line for line in lines if line.text]
        if not said:
            return False
        if command is not None and command.expanded and len(said) == 1 and not command.picks:
            cmdlet = cmdlets.BY_NAME[command.cmdlet.lower()] if command.cmdlet else None
            if cmdlet is not None and cmdlet.single:
                record = Record(line=said[0].number)
                record.add(command.expanded).pieces.append(Piece(said[0].text.strip()))
                self._add(cmdlet.name, record, command, cut=False)
                return True
        if all(is_address(line.text.strip()) for line in said):
            self._fails(cmdlets.ENDPOINT, "not-shown", "addresses alone, not whether they are enabled", said[0].number)
            return True
        return False


def _closed(record: Record, lines: Sequence[Line], end: End) -> End:
    """Return how the text ends behind a record: a blank line closes it, whatever comes then."""
    behind = [line for line in lines if line.number > record.last_line]
    closed = len(behind) > 1 and not behind[0].text
    return End.BLANK if closed and end is not End.FOLLOWED else end


def _merge(section: list[Row], row: Row, name: str) -> None:
    """Add what an object shows to what it has shown already: a later command may show other properties."""
    if name == cmdlets.FARM and "FQDN" in row:
        nodes = section[0].get("FarmNodes") if section else None
        row = Row.of({"FarmNodes": [*(nodes if isinstance(nodes, list) else []), row]}, row.source, row.rest)
    if section:
        section[0].update(row)
    else:
        section.append(row)


def _runs(lines: Sequence[Line]) -> list[list[Record]]:
    """Return the objects of each listing and table, in the order of the lines."""
    found: list[list[Record]] = []
    begin = 0
    for one in table.find(lines):
        found += [listing.records(lines[begin : one.header]), table.records(lines, one)]
        begin = one.last
    found.append(listing.records(lines[begin:]))
    return [records for records in found if records]
