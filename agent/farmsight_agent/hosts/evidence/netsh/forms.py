"""The outputs of netsh that are read, with the names and the commands that promise them."""

import re
from collections.abc import Callable
from typing import Final

from farmsight_agent.hosts.evidence.capture import Form, Likeness, Text
from farmsight_agent.hosts.evidence.netsh import (
    advproxy,
    excluded_ports,
    iplisten,
    servicestate,
    sslcert,
    urlacl,
    winhttp,
)

_SHOW: Final = ("show", 2)
_STARTED: Final = r"(?:cmd(?:\.exe)?\s+/c\s+|&\s*)?[\"']?(?:[^\s\"'<>|]*\\)?"  # by a shell, with its folder, in quotes


def _form(
    form: str, command: str, file: str, *, words: tuple[tuple[str, int], ...], named: str,
    likeness: Callable[[Text], Likeness],
) -> Form:  # fmt: skip
    """Return a form; `words` are those of the command with the fewest letters that netsh takes for each."""
    parts = r"[\s>]+".join(_shortened(word, least) for word, least in words)
    echoed = rf"^\s*{_STARTED}netsh(?:\.exe)?[\"']?[\s>]+(?:-c\s+)?{parts}(?![\w-])"
    return Form(
        id=form,
        command=command,
        file=file,
        likeness=likeness,
        named=re.compile(rf"(?<![A-Za-z0-9])(?:{named})(?![A-Za-z0-9])", re.IGNORECASE),
        echoed=re.compile(echoed, re.IGNORECASE),
    )


def _shortened(word: str, least: int) -> str:
    """Return a pattern of a word that may lose letters at its end."""
    return word[:least] + "".join(f"(?:{letter}" for letter in word[least:]) + ")?" * len(word[least:])


# Where a name would do for two, the narrower one comes first.
FORMS: Final[tuple[Form, ...]] = (
    _form(
        "netsh-urlacl",
        "netsh http show urlacl",
        "49443.txt",
        words=(("http", 4), _SHOW, ("urlacl", 1)),
        named=r"49443|url[ _-]?acls?|url[ _-]?reservations?|reserved[ _-]?urls?",
        likeness=urlacl.likeness,
    ),
    _form(
        "netsh-sslcert",
        "netsh http show sslcert",
        "sslcert.txt",
        words=(("http", 4), _SHOW, ("sslcert", 2)),
        named=r"ssl[ _-]?certs?|(?:ssl|tls|https?)?[ _-]?bindings?",
        likeness=sslcert.likeness,
    ),
    _form(
        "netsh-iplisten",
        "netsh http show iplisten",
        "iplisten.txt",
        words=(("http", 4), _SHOW, ("iplisten", 1)),
        named=r"ip[ _-]?listen(?:[ _-]?list)?",
        likeness=iplisten.likeness,
    ),
    _form(
        "netsh-servicestate",
        "netsh http show servicestate view=requestq verbose=yes",
        "servicestate.txt",
        words=(("http", 4), _SHOW, ("servicestate", 3)),
        named=r"(?:http)?[ _-]?service[ _-]?states?|request[ _-]?queues?|registered[ _-]?urls?|url[ _-]?registrations?",
        likeness=servicestate.likeness,
    ),
    _form(
        "netsh-advproxy",
        "netsh winhttp show advproxy",
        "advproxy.txt",
        words=(("winhttp", 4), _SHOW, ("advproxy", 1)),
        named=r"(?:win[ _-]?http[ _-]?)?adv(?:anced)?[ _-]?proxy",
        likeness=advproxy.likeness,
    ),
    _form(
        "netsh-winhttp",
        "netsh winhttp show proxy",
        "winhttp.txt",
        words=(("winhttp", 4), _SHOW, ("proxy", 1)),
        named=r"win[ _-]?http(?:[ _-]?proxy)?|show[ _-]?proxy|proxy[ _-]?settings?",
        likeness=winhttp.likeness,
    ),
    _form(
        "netsh-excluded-ports",
        "netsh interface ipv4 show excludedportrange protocol=tcp",
        "excludedportrange.txt",
        words=(("interface", 3), ("ipv4", 2), _SHOW, ("excludedportrange", 1)),
        named=r"excluded?[ _-]?ports?(?:[ _-]?ranges?)?|port[ _-]?exclusions?",
        likeness=excluded_ports.likeness,
    ),
)
