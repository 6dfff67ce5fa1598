"""What each kind of channel takes in `[[alerts.channel]]`; secrets are named by file or variable, never written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector.rules.rule import Severity
from farmsight_collector.settings import Check, setting

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}", re.ASCII)
_CODE: Final = re.compile(r"[a-z]+\.(\*|[a-z0-9-]+)?|[a-z]+", re.ASCII)
_MAILBOX: Final = re.compile(r"[^\s@<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)
FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", *(f"local{number}" for number in range(8))),
)  # RFC 5424, 6.2.1, by number


def _severity(value: object) -> str:
    words = [severity.word for severity in Severity]
    return "" if isinstance(value, str) and (not value or value in words) else f"one of {', '.join(words)}"


def _url(value: object) -> str:
    """Find fault with what is no http address of a receiver."""
    if not isinstance(value, str):
        return "a text in quotes"
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and value.isprintable()
    except ValueError:  # a port that is none
        return "an http or https address"
    if parts.username or parts.password:
        return "no user and password in an address; give them by file or variable"
    return "" if not value or (fits and not parts.fragment) else "an http or https address"


def _server(value: object) -> str:
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    fits = bool(host and colon) and port.isascii() and port.isdigit() and 0 < int(port) <= 65535
    return "" if fits or value == "" else 'written as "host:port"'


def _mailbox(value: object) -> str:
    return (
        "" if isinstance(value, str) and (not value or _MAILBOX.fullmatch(value)) else "an address such as a@b.example"
    )


def _mailboxes(value: object) -> str:
    fits = isinstance(value, list) and 0 < len(value) <= 50 and not any(_mailbox(each) or not each for each in value)
    return "" if fits else "a list of 1 to 50 addresses such as a@b.example"


def _codes(value: object) -> str:
    fits = isinstance(value, list) and all(isinstance(each, str) and _CODE.fullmatch(each) for each in value)
    return "" if fits else 'a list of codes or their beginnings, such as "crl." or "store.issuing-ca-missing"'


def _one_of(*words: str) -> Check:
    return lambda value: "" if value in words else f"one of {', '.join(words)}"


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What all channels have: a name, and what is told by it."""

    name: str = ""
    farms: tuple[str, ...] = ()  # empty: all
    at_least: str = setting("", _severity)  # empty: as [alerts] has it
    codes: tuple[str, ...] = setting((), _codes)  # empty: all
    timeout_s: int = 15

    def wants(self, farm: str, code: str, severity: str) -> bool:
        """Tell whether an alert is for this channel."""
        least = next((each for each in Severity if each.word == self.at_least), Severity.INFO)
        level = next((each for each in Severity if each.word == severity), Severity.CRITICAL)
        return (
            (not self.farms or farm.lower() in {each.lower() for each in self.farms})
            and level >= least
            and (not self.codes or any(_matches(code, each) for each in self.codes))
        )

    @property
    def kind(self) -> str:
        """Return the word that `type` has."""
        return next(word for word, kind in KINDS.items() if type(self) is kind)

    @property
    def target(self) -> str:
        """Return where it leads to, for people; no secret stands in it."""
        return ""

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the settings taken together."""
        if not _NAME.fullmatch(self.name):
            yield "name: 1 to 63 letters, digits, spaces, dots, hyphens and underlines"
        for one in fields(self):
            variable = one.name.removesuffix("_file") + "_env"
            if variable != one.name and getattr(self, one.name) and getattr(self, variable, ""):
                yield f"{one.name}: this or {variable}, not both"
        if not 1 <= self.timeout_s <= 60:
            yield "timeout_s: 1 to 60"


@dataclass(frozen=True, kw_only=True)
class Webhook(Channel):
    """JSON to an address, signed."""

    url: str = setting("", _url)
    secret_file: str = ""
    secret_env: str = ""
    ca_file: str = ""  # certificates to trust instead of the system's
    proxy: str = setting("", _url)

    @property
    def target(self) -> str:
        """Return the address without its query, in which others keep tokens."""
        return _shown(self.url)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the settings taken together."""
        yield from super().problems()
        if not self.url:
            yield "url: the address to send to"
        if not (self.secret_file or self.secret_env):
            yield "secret_file: the file (or secret_env: the variable) with the secret to sign with"


@dataclass(frozen=True, kw_only=True)
class Mail(Channel):
    """Mail by SMTP."""

    server: str = setting("", _server)
    tls: str = setting("starttls", _one_of("starttls", "tls", "none"))
    sender: str = setting("", _mailbox)
    to: tuple[str, ...] = setting((), _mailboxes)
    user: str = ""
    password_file: str = ""
    password_env: str = ""
    ca_file: str = ""

    @property
    def target(self) -> str:
        """Return who gets it."""
        return ", ".join(self.to)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the settings taken together."""
        yield from super().problems()
        for name in ("server", "sender", "to"):
            if not getattr(self, name):
                yield f"{name}: it is needed"
        if self.user and not (self.password_file or self.password_env):
            yield "password_file: the file (or password_env: the variable) with the user's password"
        if self.user and self.tls == "none" and not _loopback(self.server.rpartition(":")[0]):
            yield "tls: a password is not sent in the clear"


@dataclass(frozen=True, kw_only=True)
class Syslog(Channel):
    """Records by RFC 5424."""

    server: str = setting("", _server)
    transport: str = setting("tls", _one_of("udp", "tcp", "tls"))
    facility: str = setting("local0", _one_of(*FACILITIES))
    host_name: str = ""  # empty: this machine's
    enterprise: int = 32473  # the number in the structured data's name; this one is for examples, RFC 5612
    ca_file: str = ""
    certificate_file: str = ""  # of this client, in PEM
    key_file: str = ""

    @property
    def target(self) -> str:
        """Return where it leads to."""
        return f"{self.transport} {self.server}"

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the settings taken together."""
        yield from super().problems()
        if not self.server:
            yield "server: it is needed"
        if bool(self.certificate_file) != bool(self.key_file):
            yield "certificate_file: with key_file, or neither"


@dataclass(frozen=True, kw_only=True)
class EventLog(Channel):
    """Records of the Application log of the Windows that the collector runs on."""

    source: str = "farmsight-collector"

    @property
    def target(self) -> str:
        """Return where it leads to."""
        return f"Application log, source {self.source}"


@dataclass(frozen=True, kw_only=True)
class Alertmanager(Channel):
    """Firing and resolved alerts by API v2."""

    url: str = setting("", _url)  # without /api/v2/alerts
    user: str = ""
    password_file: str = ""
    password_env: str = ""
    token_file: str = ""
    token_env: str = ""
    ca_file: str = ""
    resend_s: int = 60

    @property
    def target(self) -> str:
        """Return the address."""
        return _shown(self.url)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the settings taken together."""
        yield from super().problems()
        if not self.url:
            yield "url: the address of the Alertmanager"
        secret = self.user or self.token_file or self.token_env
        if secret and urlsplit(self.url).scheme == "http" and not _loopback(urlsplit(self.url).hostname or ""):
            yield "url: a password or token is not sent in the clear"
        if self.user and not (self.password_file or self.password_env):
            yield "password_file: the file (or password_env: the variable) with the user's password"


KINDS: Final[Mapping[str, type[Channel]]] = {
    "webhook": Webhook,
    "smtp": Mail,
    "syslog": Syslog,
    "eventlog": EventLog,
    "alertmanager": Alertmanager,
}


def _matches(code: str, wanted: str) -> bool:
    beginning = wanted.removesuffix("*")
    return code == beginning or code.startswith(beginning.rstrip(".") + ".")


def _loopback(host: str) -> bool:
    return host.strip("[]").lower() in ("localhost", "127.0.0.1", "::1")


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")
