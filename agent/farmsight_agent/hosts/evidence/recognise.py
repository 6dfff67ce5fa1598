"""From a file's bytes to the outputs in it: what each stretch is, told by its structure.

A file may hold one output, a transcript of many, or several joined to one
another. Each stretch of it is what the forms say it looks like. What a name
or an echoed command promises and no form knows is kept as that form, so that
its reader says what is wrong with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from farmsight_agent.hosts.evidence.capture import Form, Likeness, Text
from farmsight_agent.hosts.evidence.certutil.commands import store_command
from farmsight_agent.hosts.evidence.certutil.store import store_shown
from farmsight_agent.hosts.evidence.documents import toolbox
from farmsight_agent.hosts.evidence.documents.kinds import TOOLBOX, classify
from farmsight_agent.hosts.evidence.documents.located import read_json
from farmsight_agent.hosts.evidence.documents.origin import is_of_the_script, origin
from farmsight_agent.hosts.evidence.echoes import form_of
from farmsight_agent.hosts.evidence.forms import FORMS
from farmsight_agent.hosts.evidence.names import computer_name
from farmsight_agent.hosts.evidence.promises import COLLECTION, form_named, promised_by_name
from farmsight_agent.hosts.evidence.stretches import Stretch, stretches
from farmsight_wire.v1 import facts_pb2

_WORTH_SAYING: Final = 3  # lines; a banner or a stray line between outputs is not
_STORE: Final = "certutil-store"
_UNDERLINED: Final = frozenset({"netsh-urlacl", "netsh-sslcert", "netsh-iplisten", "netsh-servicestate"})
_RULE: Final = re.compile(r"^[ \t]*-{5,}[ \t]*$", re.MULTILINE)
# Not the name of a machine in brackets, with which a prompt begins.
_BEGIN: Final = re.compile("[\ufeff \t\r\n]*")
_JSON: Final = re.compile(r"\{|\[\s*(?:[\[{\"\]]|$|(?:-?\d[\d.eE+-]{0,30}|true|false|null)\s*[,\]])")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One stretch of a file: `form` is None where it is not understood, and `resembles` says what it is like.

    `server` and `account` are what the content itself tells, `when` its time;
    `titled` the file's name that stands above it, where files were joined;
    `elsewhere`: it comes from machines that cannot be told apart.
    """

    form: str | None
    text: Text
    about: str = ""
    command: str = ""
    resembles: str = ""
    server: str = ""
    account: str = ""
    when: datetime | None = None
    titled: str = ""
    elsewhere: bool = False
    says_nothing: bool = False  # the heading of a transcript


def recognise(text: Text) -> list[Found]:
    """Return the outputs in a decoded file, in their order; what is not understood among them."""
    if is_json(text.text):
        return [_json(text, text.name)]
    lines = text.lines()
    found = _rejoined(text, lines, [_of_stretch(text, lines, one) for one in stretches(lines)])
    known = [one for one in found if one.form is not None]
    if not known:
        return [_promised(text, found)]
    return [one for one in found if one.form is not None or (not one.says_nothing and _says_something(one.text))]


def _rejoined(text: Text, lines: Sequence[str], found: Sequence[Found]) -> list[Found]:
    """Return what was found, the rest of a listing that a remark tore apart with its beginning again.

    netsh underlines its headings: what has none, and no command either, is
    no listing of its own where one of the same kind stands before it.
    """
    joined: list[Found] = []
    for one in found:
        before = joined[-1] if joined else None
        alike = before is not None and one.form is not None and one.form == before.form
        torn = alike and one.form in _UNDERLINED and not (one.command or one.titled or _RULE.search(one.text.text))
        if before is not None and torn:
            first, last = before.text.first_line, one.text.first_line + len(one.text.lines()) - 1
            inner = replace(text, text="\n".join(lines[first - 1 : last]), first_line=first)
            joined[-1] = replace(before, text=inner)
        else:
            joined.append(one)
    return joined


def _promised(text: Text, found: Sequence[Found]) -> Found:
    """Return a file of which nothing is understood as what its name promises."""
    near = next((one.resembles for one in found if one.resembles), "")
    servers = {one.server for one in found if one.server}
    server = servers.pop() if len(servers) == 1 else ""
    return Found(form=promised_by_name(text.name), text=text, resembles=near, server=server)


def _of_stretch(text: Text, lines: Sequence[str], one: Stretch) -> Found:
    inner = replace(text, text="\n".join(lines[one.first - 1 : one.last]), first_line=one.first)
    body = replace(inner, text=inner.text.partition("\n")[2], first_line=one.first + 1) if one.echoed else inner
    found = _told(inner, body, one.command, form_named(one.titled or text.name))
    return replace(
        found,
        command=one.command,
        server=found.server or computer_name(one.machine),
        account=one.account,
        titled=one.titled,
        elsewhere=one.elsewhere,
        says_nothing=one.heading,
    )


def _told(text: Text, body: Text, command: str, promised: Form | None) -> Found:
    if not body.text.strip():
        return Found(form=None, text=text)
    if is_json(body.text):
        return _json(body, "")
    echoed = form_of(command)
    likeness = _likeness(body, echoed, promised)
    form = _chosen(likeness, echoed, promised)
    if form is not None and form.id == _STORE:
        return _store(text, body, command)
    if form is not None:
        return Found(form=form.id, text=text)
    near = [form.command for how, form in likeness if how == Likeness.RESEMBLES]
    return Found(form=None, text=text, resembles=" or ".join(near[:3]))


def _store(text: Text, body: Text, command: str) -> Found:
    """Return a store's listing with the store: the listing names it, or the command does; one of a user's is left."""
    asked = store_command(command) if command else None
    if asked is not None and asked.location == facts_pb2.STORE_LOCATION_USER:
        return Found(form=None, text=text, resembles="certutil -store of a user's own store, which is not read")
    about = store_shown(body) or (asked.store if asked is not None and not asked.filtered else "")
    return Found(form=_STORE, text=text, about=about)


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


def is_json(text: str) -> bool:
    """Tell whether a text begins as a JSON object or list does."""
    begin = _BEGIN.match(text)
    return begin is not None and _JSON.match(text, begin.end()) is not None


def _json(text: Text, name: str) -> Found:
    """Return what kind of JSON a text is; one that cannot be read is said to be so by its reader."""
    promised = promised_by_name(name)
    try:
        value = read_json(text.text)
    except (ValueError, RecursionError):
        return Found(form=promised, text=text, resembles="" if promised else "JSON")
    kind = COLLECTION if is_of_the_script(value) else classify(value) or promised
    server, when = _origin(value, kind)
    return Found(form=kind, text=text, resembles="" if kind else "JSON", server=computer_name(server), when=when)


def _origin(value: Any, kind: str | None) -> tuple[str, datetime | None]:  # noqa: ANN401 - JSON
    if kind == TOOLBOX:
        return toolbox.origin(value)
    return origin(value)


def _says_something(text: Text) -> bool:
    return sum(bool(line.strip()) for line in text.lines()) >= _WORTH_SAYING
