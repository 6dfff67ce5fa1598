"""Gathers the names of a farm from what is typed: facts, certificates, servers, and files."""

import re
from collections.abc import Iterable
from typing import Any, Final

from cryptography import x509
from google.protobuf.message import Message

from farmsight_collector.model.view import Farm
from farmsight_collector.report.redaction.distinguished import CATEGORIES, is_microsofts, parts, unescaped
from farmsight_collector.report.redaction.fields import NAMING
from farmsight_collector.report.redaction.known import Known
from farmsight_collector.report.redaction.stand_ins import StandIns, is_given, is_public
from farmsight_collector.report.redaction.urls import URL, Urls
from farmsight_collector.report.redaction.words import ACCOUNT_NAMES, ACCOUNTS, AD_FS_MADE, KEPT_LABELS
from farmsight_collector.report.source import Source
from farmsight_wire.v1 import facts_pb2

_ADDRESS: Final = re.compile(r"^\[?[\d.:*a-fA-F/]+\]?$")
_HOST: Final = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.?$")
_CAPTURED: Final = re.compile(r"^(?P<server>[^_]+)_(?P<user>.+)_(?:SubCA|usercert)\.txt$", re.IGNORECASE)
_EVIDENCE: Final = re.compile(
    r"(?:^|_)(?:49443|sslcert|store_\w+|winhttp|adfs|wap|host|authprovider|\w*trust|entra\w*)\b", re.IGNORECASE
)
_WELL_KNOWN: Final = frozenset(
    {"entra.json", "subca.cer", "usercert.cer", "usercert.txt", "evidence", "docs", "readme.md"}
)
_SHORTEST_SERIAL: Final = 6


class Gatherer:
    """Fills the names that are known; the order in which they come is the order of their numbers."""

    def __init__(self, stand_ins: StandIns, known: Known) -> None:
        """Fill these."""
        self._stand_ins = stand_ins
        self._known = known
        self._urls = Urls(stand_ins, known)
        self._authorities: set[str] = set()  # common names of CAs
        self._seen: set[tuple[str, str]] = set()
        self._odd: list[str] = []  # URLs with what no URL may hold: in a text, their end can't be told

    def source(self, source: Source) -> None:
        """Take all names of a report's source."""
        farm = source.picture.farm
        for one in sorted(source.servers, key=lambda one: (one.role, one.server)):
            self.server(one.server, one.role)
        if "." in farm.name:
            self._stand_ins.host(farm.name.partition(".")[0], "farm")
        self.host(farm.name)
        for finding in source.findings:
            self._stand_ins.number("finding", finding.id)
        facts = [held.fact for server in farm.servers for kind in sorted(server.facts) for held in server.facts[kind]]
        self._issuers(facts)
        for fact in facts:
            self._message(fact)
        self._certificates(farm, facts)
        for trace in source.traces:
            self.path(trace.file)
            for subject in (step.subject for hop in trace.answer.hops for c in hop.chains for step in c.steps):
                self.subject(subject)
            self.subject(trace.answer.subject)
        for file in (*(f for one in source.servers for f in one.files), *(one["file"] for one in source.leftovers)):
            self.file(file)
        for url in self._odd:
            self._known.add(url, self._urls.said(url))
        for zone, stand_in in list(self._stand_ins.zones()):
            label = zone.partition(".")[0]
            self._known.add(label, stand_in)
            self._known.brand(label, stand_in)

    def _message(self, message: Message) -> None:
        for field, value in message.ListFields():
            if field.message_type is not None:
                for one in value if field.is_repeated else (value,):
                    self._message(one)
                continue
            what = NAMING.get(f"{message.DESCRIPTOR.name}.{field.name}")
            for text in (value if field.is_repeated else (value,)) if what else ():
                if (what, text) not in self._seen:
                    self._seen.add((str(what), text))
                    getattr(self, str(what))(text)

    def _issuers(self, facts: Iterable[Message]) -> None:
        """Learn first who issues: a CA's name is one wherever it stands."""
        for fact in facts:
            for summary in _summaries(fact):
                self._authority(summary.issuer)
                if summary.is_ca == facts_pb2.TRISTATE_YES:
                    self._authority(summary.subject)

    def _authority(self, name: str) -> None:
        self._authorities |= {unescaped(value).lower() for kind, value in parts(name) if kind == "cn"}

    def _certificates(self, farm: Farm, facts: Iterable[Message]) -> None:
        """Take the names in the certificates themselves, which summaries do not tell."""
        digests = {summary.blob_sha256 for fact in facts for summary in _summaries(fact)} - {b""}
        for digest in sorted(digests):
            self.certificate(farm.blob(digest) or b"")

    def certificate(self, der: bytes) -> None:
        """Take the alternative names and the URLs of a certificate; one that does not parse names nobody."""
        try:
            found = x509.load_der_x509_certificate(der)
            extensions = list(found.extensions)
        except ValueError:
            return
        for extension in extensions:
            for name in _general_names(extension.value):
                self._general_name(name)

    def _general_name(self, name: x509.GeneralName) -> None:
        if isinstance(name, x509.DNSName):
            self.host(name.value)
        elif isinstance(name, x509.RFC822Name):
            self.user(name.value)
        elif isinstance(name, x509.UniformResourceIdentifier):
            self.url(name.value)
        elif isinstance(name, x509.DirectoryName):
            self.subject(name.value.rfc4514_string())
        elif isinstance(name, x509.OtherName):
            text = name.value[2:].decode("utf-8", "replace")  # a UTF8String: tag, length, text
            if "@" in text and text.isprintable():
                self.user(text)

    def server(self, name: str, role: str) -> None:
        """Take a server of the farm; its stand-in tells its role."""
        category = role if role in ("adfs", "wap", "proxy", "vantage") else "host"
        self._known.add(name, self._stand_ins.host(name, category))

    def host(self, name: str) -> None:
        """Take a host, by its short or its full name; addresses are told by their shape."""
        name = name.strip().rstrip(".")
        bare = name.removeprefix("*.")
        if not bare or _ADDRESS.match(bare) or not _HOST.match(bare) or is_public(bare) or bare in KEPT_LABELS:
            return
        self._known.add(bare, self._stand_ins.host(bare))
        label = bare.partition(".")[0]
        if label != bare and label.lower() not in KEPT_LABELS and len(label) > 2:
            self._known.add(label, self._stand_ins.host(bare).partition(".")[0])

    def domain(self, name: str) -> None:
        """Take a domain: of Active Directory, of the DNS, or by its short name."""
        name = name.strip().strip(".")
        if name and _HOST.match(name) and not is_public(name) and name.lower() not in ACCOUNT_NAMES:
            self._known.add(name, self._stand_ins.domain(name))

    def user(self, name: str) -> None:
        """Take an account, in whatever form it is named."""
        name = name.strip()
        if not name or ACCOUNTS.match(name) or name.lower() in ACCOUNT_NAMES or name.startswith(("S-1-", "uid:")):
            return
        if "\\" in name:
            domain, _, account = name.partition("\\")
            self.domain(domain)
        else:
            account, _, domain = name.partition("@")
            self.host(domain) if domain else None
        self._known.add(name, self._stand_ins.user(name))
        if account.lower() not in ACCOUNT_NAMES:
            self._known.add(account, self._stand_ins.user(account))
            if account.endswith("$"):
                self._known.add(account[:-1], self._stand_ins.user(account).rstrip("$"))

    def subject(self, name: str) -> None:
        """Take a distinguished name of anybody."""
        if is_microsofts(name):
            return
        said = list(parts(name))
        zone = ".".join(unescaped(value) for kind, value in said if kind == "dc")
        if "." in zone:
            self.domain(zone)
        for kind, value in said:
            self._attribute(kind, value)

    def issuer(self, name: str) -> None:
        """Take a distinguished name of a CA."""
        self._authority(name)
        self.subject(name)

    def _attribute(self, kind: str, value: str) -> None:
        plain = unescaped(value).strip()
        if is_given(plain) or not plain or kind == "dc":
            return
        made = AD_FS_MADE.match(plain)
        if made is not None:
            self.host(plain[made.end() :])
            return
        category = CATEGORIES.get(kind, "value")
        if category == "name":
            category = self._named(plain)
        if category == "host":
            self.host(plain)
        elif category == "mail" or "@" in plain:
            self.user(plain)
        elif category != "country":
            self._name(category, plain, value)
            if category == "organisation":
                self._known.brand(plain.split()[0], self._stand_ins.one(category, plain))

    def _named(self, plain: str) -> str:
        """Return what a common name names: a CA, a host, or a user."""
        if plain.lower() in self._authorities:
            return "ca"
        if _HOST.match(plain.removeprefix("*.")) and ("." in plain or self._stand_ins.is_host(plain)):
            return "host"
        return "user"

    def _name(self, category: str, name: str, *others: str) -> None:
        stand_in = self._known.whole(name) or self._stand_ins.one(category, name)
        for spelled in (name, *others):
            self._known.add(spelled, stand_in)

    def url(self, url: str) -> None:
        """Take the host of a URL; what else it names is told when it is rewritten."""
        rest = url.partition("://")[2]
        if rest and not URL.fullmatch(url):
            self._odd.append(url)
        host = re.split(r"[/?#]", rest)[0].rpartition("@")[2]
        self.host(re.sub(r":[\d*]+$", "", host))

    def place(self, text: str) -> None:
        """Take the hosts of a proxy setting: names with ports, patterns, lists."""
        for one in re.split(r"[;,\s=]+", text):
            bare = one.rpartition("//")[2].partition("/")[0]
            self.host(re.sub(r":\d+$", "", bare).lstrip("*."))

    def thumbprint(self, digits: str) -> None:
        """Take a thumbprint: 40 digits are known by their shape, here they get their category."""
        self._digits("thumbprint", digits)

    def serial(self, digits: str) -> None:
        """Take a serial number, with the spellings that are no longer hexadecimal or turned around."""
        self._digits("serial", digits)
        key = digits.lstrip("0")
        if key and len(key) >= _SHORTEST_SERIAL and set(key.lower()) <= set("0123456789abcdef"):
            name = self._stand_ins.number("serial", key)
            pairs = key.rjust(len(key) + len(key) % 2, "0")
            for spelled in (key, f"0x{key}", pairs, str(int(key, 16)), _paired(pairs, ":"), _paired(pairs, " ")):
                self._known.add(spelled, name)
            turned = bytes.fromhex(pairs)[::-1].hex()
            for spelled in (turned, _paired(turned, ":"), _paired(turned, " ")):
                self._known.add(spelled, f"{name}-reversed")

    def key(self, digits: str) -> None:
        """Take a key identifier."""
        self._digits("key", digits)

    def _digits(self, category: str, digits: str) -> None:
        if len(digits) >= _SHORTEST_SERIAL:
            self._stand_ins.number(category, digits)

    def _label(self, category: str, text: str) -> None:
        text = text.strip()
        if len(text) > 2 and not is_given(text) and not text.lower().startswith("permit "):
            self._name(category, text)

    def friendly_name(self, text: str) -> None:
        """Take a certificate's friendly name."""
        self._label("friendly-name", text)

    def template(self, text: str) -> None:
        """Take the name of a certificate template."""
        self._label("template", text)

    def trust(self, text: str) -> None:
        """Take a trust: its name, or one of its identifiers."""
        if "://" in text:
            self.url(text)
        elif not text.lower().startswith("urn:federation:microsoft"):
            self._label("trust", text)

    def policy(self, text: str) -> None:
        """Take an access control policy that is not one of AD FS's own."""
        self._label("policy", text)

    def application(self, text: str) -> None:
        """Take a published application."""
        self._label("application", text)

    def authority(self, text: str) -> None:
        """Take a CA as the tenant calls it."""
        self._label("ca", text)

    def container(self, text: str) -> None:
        """Take a PKI store of the tenant."""
        self._label("container", text)

    def group(self, text: str) -> None:
        """Take a group."""
        self._label("group", text)

    def path(self, text: str) -> None:
        """Take a file of somebody, by its name."""
        name = re.split(r"[/\\]", text)[-1]
        stem, dot, _ = name.rpartition(".")
        if name.lower() not in _WELL_KNOWN:
            self._label("file", stem if dot else name)

    def file(self, path: str) -> None:
        """Take a captured file: who ran the command stands in its name, and its folders may say anything."""
        *folders, name = re.split(r"[/\\]", path)
        for folder in folders:
            if folder.lower() not in _WELL_KNOWN and self._known.whole(folder) is None:
                self._folder(folder)
        found = _CAPTURED.match(name)
        if found is not None:
            self.user(found["user"])
        elif name.lower() not in _WELL_KNOWN:
            kind = _EVIDENCE.search(name)
            prefix = name[: kind.start()] if kind is not None else ""
            if kind is None or (prefix and self._known.whole(prefix) is None):
                self.path(prefix or name)

    def _folder(self, folder: str) -> None:
        self._label("folder", folder.rpartition(".")[0] if folder.lower().endswith(".zip") else folder)


def _paired(pairs: str, between: str) -> str:
    return between.join(pairs[at : at + 2] for at in range(0, len(pairs), 2))


def _summaries(message: Any) -> Iterable[Any]:  # noqa: ANN401 - any message of the contract
    """Yield the summaries of certificates and of CRLs in a fact, however deep."""
    if message.DESCRIPTOR.name == "CertificateSummary":
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in value if field.is_repeated else (value,):
                yield from _summaries(one)


def _general_names(value: Any) -> Iterable[x509.GeneralName]:  # noqa: ANN401 - any extension
    if isinstance(value, x509.SubjectAlternativeName | x509.IssuerAlternativeName):
        yield from value
    elif isinstance(value, x509.CRLDistributionPoints | x509.FreshestCRL):
        for point in value:
            yield from (*(point.full_name or ()), *(point.crl_issuer or ()))
    elif isinstance(value, x509.AuthorityInformationAccess):
        yield from (one.access_location for one in value)
