"""From a file's bytes to the outputs in it: what each stretch is, told by its structure.

A file may hold one output, a transcript of many, or several appended to one
another. It is parted where a prompt or a known command begins, where
certutil says that a command ended, and where a heading is underlined; each
stretch then is what the forms say it looks like. What a name or an echoed
command promises and no form knows is kept as that form, so that its reader
says what is wrong with it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Form, Likeness, Text
from farmsight_agent.hosts.evidence.certutil.forms import store_of_command
from farmsight_agent.hosts.evidence.documents.kinds import classify
from farmsight_agent.hosts.evidence.documents.origin import origin
from farmsight_agent.hosts.evidence.forms import FORMS

_PROMPT: Final = re.compile(r"^(?:\[[\w.-]{1,64}\]: )?(?:PS )?(?:[A-Za-z]:\\|\\\\)[^<>|\"*?]{0,260}>(.*)$")
_FOOTER: Final = re.compile(r"^CertUtil: -")
_CERTUTIL: Final = re.compile(r"^CertUtil:")
_UNDERLINE: Final = re.compile(r"^-{5,}\s*$")
# What a name promises beside the forms of text.
_BY_NAME: Final = (
    (re.compile(r"^entra\.json$", re.IGNORECASE), "tenant"),
    (re.compile(r"_(?:host|adfs|wap)\.json$", re.IGNORECASE), "sections"),
    (re.compile(r"\.(?:pem|p7b|p7c|cer|crt|der|sst|crl)$", re.IGNORECASE), CERTIFICATES),
)
_LONGEST_COMMAND: Final = 400
_TOOLS: Final = ("netsh", "certutil", "get-")  # one of these is in every command that a form knows
_WORTH_SAYING: Final = 3  # lines; a banner or a stray line between outputs is not


@dataclass(frozen=True, kw_only=True)
class Found:
    """One stretch of a file: `form` is None where it is not understood, and `resembles` says what it is like."""

    form: str | None
    text: Text
    about: str = ""
    command: str = ""
    resembles: str = ""
    server: str = ""  # as the content itself says, as it says it
    when: datetime | None = None  # the same


@dataclass(frozen=True, kw_only=True)
class _Stretch:
    first: int
    last: int
    command: str = ""


def recognise(text: Text) -> list[Found]:
    """Return the outputs in a decoded file, in their order; what is not understood among them."""
    if _json_body(text.text):
        return [_json(text)]
    lines = text.lines()
    promised = _form_of(text.name)
    found = [_told(text.part(one.first, one.last), one.command, promised) for one in _stretches(lines)]
    known = [one for one in found if one.form is not None]
    if not known:
        return [_promised(text, found)]
    return [one for one in found if one.form is not None or _says_something(one.text)]


def promised_by_name(name: str) -> str | None:
    """Return the id of the form that a file's name promises, of text or not."""
    base = name.rpartition("/")[2]
    other = next((form for pattern, form in _BY_NAME if pattern.search(base)), None)
    if other is not None:
        return other
    form = _form_of(name)
    return form.id if form is not None else None


def _form_of(name: str) -> Form | None:
    base = name.rpartition("/")[2]
    return next((form for form in FORMS if form.named and form.named.search(base)), None)


def _promised(text: Text, found: Sequence[Found]) -> Found:
    near = next((one.resembles for one in found if one.resembles), "")
    return Found(form=promised_by_name(text.name), text=text, resembles=near)


def _stretches(lines: Sequence[str]) -> Iterator[_Stretch]:
    """Part the lines where an output begins or ends."""
    begin, command, ended = 1, "", False
    for number, line in enumerate(lines, 1):
        echoed = _command(line)
        if echoed is not None or _heading(lines, number) or (ended and line.strip() and not _CERTUTIL.match(line)):
            # The heading of an output stands below the command that printed it.
            if echoed is None and command and not any(one.strip() for one in lines[begin : number - 1]):
                ended = False
                continue
            if number > begin:
                yield _Stretch(first=begin, last=number - 1, command=command)
            begin, command = number, echoed or ""
            ended = False
        ended = ended or bool(_FOOTER.match(line))
    if begin <= len(lines):
        yield _Stretch(first=begin, last=len(lines), command=command)


def _command(line: str) -> str | None:
    """Return the command that a line echoes ("" for a bare prompt), None for any other line."""
    if len(line) > _LONGEST_COMMAND or _CERTUTIL.match(line):
        return None
    prompt = _PROMPT.match(line)
    if prompt:
        return prompt[1].strip()
    return line.strip() if _form_of_command(line) is not None else None


def _form_of_command(line: str) -> Form | None:
    """Return the form that a command prints, None for a line that is no command known here."""
    lower = line.lower()
    if not any(tool in lower for tool in _TOOLS):
        return None
    return next((form for form in FORMS if form.echoed and form.echoed.search(line)), None)


def _heading(lines: Sequence[str], number: int) -> bool:
    """Tell whether a heading stands here: a line that is not indented, after a blank one, and underlined."""
    line = lines[number - 1]
    if not line.strip() or line[0].isspace() or number >= len(lines) or not _UNDERLINE.match(lines[number]):
        return False
    return number == 1 or not lines[number - 2].strip() or _command(lines[number - 2]) is not None


def _told(text: Text, command: str, promised: Form | None) -> Found:
    body = text.part(2, len(text.lines())) if command else text
    if not body.text.strip():
        return Found(form=None, text=text, command=command)
    if _json_body(body.text):
        return replace(_json(body), command=command)
    echoed = _form_of_command(command)
    likeness = _likeness(body, echoed, promised)
    form = _chosen(likeness, echoed, promised)
    if form is not None:
        return Found(form=form.id, text=text, command=command, about=_about(form, command))
    near = [form.command for how, form in likeness if how == Likeness.RESEMBLES]
    return Found(form=None, text=text, command=command, resembles=" or ".join(near[:3]))


def _likeness(body: Text, echoed: Form | None, promised: Form | None) -> list[tuple[Likeness, Form]]:
    """Return how much a text is like each form; where one that decides is certain, like that one alone."""
    found: dict[str, Likeness] = {}
    for form in (*(one for one in (echoed, promised) if one is not None), *FORMS):
        if form.id not in found:
            found[form.id] = form.likeness(body)
            if found[form.id] == Likeness.CERTAIN:
                return [(Likeness.CERTAIN, form)]
    return [(found[form.id], form) for form in FORMS]


def _chosen(likeness: Sequence[tuple[Likeness, Form]], echoed: Form | None, promised: Form | None) -> Form | None:
    """Return the form: the likeliest; of equals the one that the command or the name promises."""
    by_form = {form.id: how for how, form in likeness}
    best = max(by_form.values())
    for form in (echoed, promised):
        if form is not None and by_form.get(form.id) == best > Likeness.NO:
            return form
    if best >= Likeness.LIKELY:
        return next(form for how, form in likeness if how == best)
    for form in (echoed, promised):
        if form is not None and by_form[form.id] == Likeness.RESEMBLES:
            return form
    return echoed


def _about(form: Form, command: str) -> str:
    return store_of_command(command) if form.id == "certutil-store" and command else ""


def _json_body(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}


def _json(text: Text) -> Found:
    """Return what kind of JSON a text is; one that cannot be read is said to be so by its reader."""
    try:
        value = json.loads(text.text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        promised = promised_by_name(text.name)
        return Found(form=promised, text=text, resembles="" if promised else "JSON")
    kind = classify(value) or promised_by_name(text.name)
    server, when = origin(value)
    return Found(form=kind, text=text, resembles="" if kind else "JSON", server=server, when=when)


def _says_something(text: Text) -> bool:
    return sum(bool(line.strip()) for line in text.lines()) >= _WORTH_SAYING
