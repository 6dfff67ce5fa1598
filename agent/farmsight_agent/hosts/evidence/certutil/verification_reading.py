"""One pass over the lines of an output of `certutil -verify`."""

import re
from collections.abc import Iterable
from typing import Final

from farmsight_agent.hosts.evidence.certutil import verification_urls as urls
from farmsight_agent.hosts.evidence.certutil.console import Line, begins
from farmsight_agent.hosts.evidence.certutil.fields import Field, split
from farmsight_agent.hosts.evidence.certutil.hresults import error_line, failure
from farmsight_agent.hosts.evidence.certutil.verification_parts import (
    CrlShown,
    Element,
    Result,
    UrlSection,
    Verification,
)

_CONTEXT: Final = re.compile(
    r"CertContext\[(\d{1,3})\]\[(\d{1,3})\]"
    r"(?: *: *dwInfoStatus *= *([0-9a-fA-F]{1,8}) +dwErrorStatus *= *([0-9a-fA-F]{1,8}))?"
)
_STATUS: Final = re.compile(
    r"(ChainContext|SimpleChain|Element)\.dw(Info|Error)Status *=[^()]*\(0x([0-9a-fA-F]{1,8})\)"
)
_HEADING: Final = re.compile(r"-{3,} +(\S.{0,100}?) +-{3,}")
_RULE: Final = re.compile(r"-{8,}")
_USAGE: Final = re.compile(r"Application\[\d{1,3}\] *= *(\d+(?:\.\d+)+)")
_ISSUANCE: Final = re.compile(r"Issuance\[\d{1,3}\] *=")
_ENGINE: Final = re.compile(r"HCCE_(LOCAL_MACHINE|CURRENT_USER)\b")
_CRL: Final = re.compile(r"(?P<what>[^:\uff1a]{0,60}?) ?(?P<number>(?:[0-9a-fA-F]{2})+|\(null\)) ?[:\uff1a]")
_DIGIT: Final = re.compile(r"\d|null")
_NO_REST: Final = re.compile(r"--|==|\[\d")  # a URL may be broken before a single one of these
_MOST_SECTIONS: Final = 50
_LEAST_WRAPPED: Final = 50  # a URL shorter than this was broken by no console


class Reading:
    """What was read so far; `header` holds the lines before the first certificate, `loose` what belongs to none."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.found = Verification()
        self.header: list[Line] = []
        self.loose: list[Line] = []
        self._section: UrlSection | None = None
        self._result: Result | None = None
        self._crl: CrlShown | None = None
        self._url_line = self._row_line = 0  # the line before, where a URL or a field ended it
        self._steps = (
            self._context,
            self._status_bits,
            self._engine,
            self._heading,
            self._rule,
            self._result_line,
            self._of_result,
            self._crl_heading,
            self._of_crl,
            self._usage,
            self._of_element,
        )

    def take(self, printed: Iterable[Line]) -> "Reading":
        """Read all lines."""
        for line in printed:
            if line.text and not any(step(line) for step in self._steps):
                (self.loose if self.found.elements else self.header).append(line)
        return self

    @property
    def _element(self) -> Element | None:
        return self.found.elements[-1] if self.found.elements else None

    def _context(self, line: Line) -> bool:
        told = _CONTEXT.match(line.bare)
        if told is None:
            return False
        chain, level, info, error = told.groups()
        made = Element(line=line.number, chain=int(chain), level=int(level))
        made.info_status, made.error_status = int(info or "0", 16), int(error or "0", 16)
        self.found.elements.append(made)
        self._section = self._result = self._crl = None
        return True

    def _status_bits(self, line: Line) -> bool:
        told = _STATUS.match(line.bare)
        if told is None:
            return False
        of, kind, bits = told[1], told[2], int(told[3], 16)
        holder: Verification | Element | None = self.found if of == "ChainContext" else None
        if of == "Element" and self._element is not None:
            holder, self._element.rows_open = self._element, False
        if holder is not None:
            name = "info_status" if kind == "Info" else "error_status"
            setattr(holder, name, getattr(holder, name) | bits)
        return True

    def _engine(self, line: Line) -> bool:
        told = _ENGINE.match(line.bare)
        if told is not None:
            self.found.machine_engine = told[1] == "LOCAL_MACHINE"
        return told is not None

    def _heading(self, line: Line) -> bool:
        told = _HEADING.fullmatch(line.bare)
        if told is None:
            return False
        if "CERT_CHAIN_CONTEXT" in told[1]:
            self.found.context_seen = True
        else:
            self._open(UrlSection(line=line.number, words=told[1]))
        return True

    def _open(self, section: UrlSection) -> None:
        element = self._element
        if element is None or element.sections_closed or _again(element, section):
            element = Element(line=section.line)
            self.found.elements.append(element)
        element.rows_open = False
        element.sections.append(section)
        self._section, self._result, self._crl = section, None, None

    def _rule(self, line: Line) -> bool:
        if _RULE.fullmatch(line.bare) is None:
            return False
        if self._element is not None:
            self._element.rows_open = False
            self._element.sections_closed |= self._section is not None
            self.loose.append(line)
        self._section = self._result = self._crl = None
        return True

    def _result_line(self, line: Line) -> bool:
        told = urls.status(line.bare)
        if told is None:
            return False
        if self._section is None:
            self._open(UrlSection(line=line.number, words=""))
        assert self._section is not None
        self._result = Result(line=line.number, word=told.word, shown=told.shown, seconds=told.seconds, sha1=told.sha1)
        self._section.results.append(self._result)
        return True

    def _of_result(self, line: Line) -> bool:
        result = self._result
        if result is None:
            return False
        if self._url(line, result) or self._error(line, result) or self._rest_of_url(line, result):
            return True
        if result.url:  # of what follows it is not known whose it is
            self._result = None
        return False

    def _url(self, line: Line, result: Result) -> bool:
        told = urls.indexed(line.bare)
        index, url = told if told is not None else ((), urls.url(line.bare))
        if not url:
            return False
        if result.url:  # of another status, which is lost
            self._result = None
            return True
        result.index, result.url, self._url_line = index, url, line.number
        return True

    def _error(self, line: Line, result: Result) -> bool:
        code = "" if result.url else error_line(line.text)
        if not code:
            return False
        result.error, result.error_text = code, line.bare
        return True

    def _rest_of_url(self, line: Line, result: Result) -> bool:
        """Take the rest of a URL that the console broke."""
        adjacent = result.url and line.number == self._url_line + 1 and len(result.url) >= _LEAST_WRAPPED
        if not adjacent or line.indented or len(line.text.split()) != 1 or _NO_REST.match(line.text):
            return False
        result.url += line.text
        self._url_line = line.number
        return True

    def _crl_heading(self, line: Line) -> bool:
        element = self._element
        told = _CRL.fullmatch(line.bare) if element is not None and element.known else None
        if element is None or told is None:
            return False
        # Words of many languages are hex as well: a number has a digit, or its label says what it is of.
        if "CRL" not in told["what"] and (self._section is not None or not _DIGIT.search(told["number"])):
            return False
        element.rows_open = False
        self._section = self._result = None
        self._crl = CrlShown(line=line.number, what=told["what"], number=told["number"])
        element.crls.append(self._crl)
        return True

    def _of_crl(self, line: Line) -> bool:
        one = split(line) if self._crl is not None else None
        if one is None or self._crl is None or not _fill(self._crl, one):
            return False
        self._crl = None if self._crl.whole else self._crl
        return True

    def _usage(self, line: Line) -> bool:
        told = _USAGE.match(line.bare)
        if told is not None and self._element is not None:
            self._crl, self._element.rows_open = None, False
            self._element.applications.append(told[1])
        return told is not None or _ISSUANCE.match(line.bare) is not None

    def _of_element(self, line: Line) -> bool:
        element = self._element
        if element is None or not (element.known and element.rows_open) or failure(line.text):
            return False
        one = split(line)
        if one is not None and (begins(line.text) or not element.rows):
            element.rows.append(one)
        elif element.rows and line.number == self._row_line + 1:  # the console broke it
            row = element.rows[-1]
            row.value += (" " if row.value.endswith(",") else "") + line.text
        else:
            return False
        self._row_line = line.number
        return True


def _again(element: Element, section: UrlSection) -> bool:
    """Tell whether a heading begins another certificate: in an excerpt nothing else says so."""
    return not element.known and any(one.words == section.words for one in element.sections[:_MOST_SECTIONS])


def _fill(crl: CrlShown, one: Field) -> bool:
    if one.sha1:
        crl.sha1 = crl.sha1 or one.sha1
    elif one.is_date:
        if crl.this_update:
            crl.next_update = crl.next_update or one.value
        else:
            crl.this_update = one.value
    elif one.is_name and not crl.issuer:
        crl.issuer = one.name
    else:
        return False
    return True
