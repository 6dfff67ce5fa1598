"""Which URLs are fetched on a server: each once a purpose, with who names it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, cast

from farmsight_agent.config import RetrievalConfig
from farmsight_agent.outcome import NotApplicableError, NotObservedError, UnavailableError
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.authorities import Gathered, Named, Stores, gather
from farmsight_agent.retrieve.named_urls import named_urls
from farmsight_agent.retrieve.target import Target
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

MOST_PER_CERTIFICATE: Final = 20
MOST_TARGETS: Final = 400
MOST_QUESTIONS: Final = 15  # certificates that one responder is asked about, beside the first
_PURPOSE_BY_NAME: Final = {name: purpose for purpose, name in PURPOSE_NAMES.items()}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What to fetch, and for people: what was left out or could not be read."""

    targets: tuple[Target, ...]
    notes: tuple[str, ...]


@dataclass(kw_only=True)
class _Wanted:
    """A target while it is put together."""

    purpose: facts_pb2.RetrievalPurpose.ValueType
    url: str
    position: int
    not_fetched: str = ""
    subject: bytes | None = None
    named_by: list[str] = field(default_factory=list)
    issuers: list[bytes] = field(default_factory=list)
    serials: list[str] = field(default_factory=list)
    questions: list[tuple[bytes, bytes]] = field(default_factory=list)

    def target(self) -> Target:
        return Target(
            purpose=self.purpose,
            url=self.url,
            named_by=tuple(self.named_by),
            position=self.position,
            issuer_der=self.issuers[0] if self.issuers else None,
            subject_der=self.subject,
            other_issuers=tuple(self.issuers[1:]),
            serials=tuple(self.serials),
            not_fetched=self.not_fetched,
            questions=tuple(self.questions[:MOST_QUESTIONS]),
        )


class _Collected:
    """The targets so far, by purpose and URL."""

    def __init__(self) -> None:
        self.wanted: dict[tuple[int, str], _Wanted] = {}
        self.notes: list[str] = []

    def add(self, purpose: facts_pb2.RetrievalPurpose.ValueType, url: str, position: int) -> _Wanted:
        """Return the target for this URL, new or known."""
        text = urls.printable(url)
        reason = ""
        if len(url) > urls.LONGEST:
            text, reason = text[:200], f"not fetched: a URL of {len(url)} characters"
        made = _Wanted(purpose=purpose, url=text, position=position, not_fetched=reason)
        found = self.wanted.setdefault((purpose, text), made)
        found.position = min(found.position, position)
        return found


def select(host: Stores, config: RetrievalConfig) -> Selection:
    """Return the targets of this server.

    Raises the `NotObservedError` of the certificate stores when they could
    not be read and nothing else names a URL.
    """
    gathered = gather(host, config.authorities, config.user_certificates)
    collected = _Collected()
    for named in gathered.named.values():
        _of_certificate(named, gathered, collected)
    _of_tenant(host, gathered, collected)
    for text in config.urls:
        first, _, rest = text.partition(" ")
        purpose = _PURPOSE_BY_NAME.get(first)
        crl = facts_pb2.RETRIEVAL_PURPOSE_CRL
        collected.add(purpose or crl, rest if purpose else text, 0)
    if not collected.wanted and gathered.troubles:
        raise gathered.troubles[0]
    collected.notes += [str(error) for error in gathered.troubles]
    return Selection(targets=tuple(_bounded(collected)), notes=tuple(collected.notes))


def _of_certificate(named: Named, gathered: Gathered, collected: _Collected) -> None:
    found = named_urls(named.der)
    issuer = gathered.issuer_of(named) if found else None
    surplus = found[MOST_PER_CERTIFICATE:]
    for one in found[:MOST_PER_CERTIFICATE]:
        _name(collected.add(one.purpose, one.url, one.position), named, issuer)
    if surplus:
        # One fact stands for the rest: not looked, and why.
        text = f"{len(surplus)} more URLs of this certificate are not fetched (limit {MOST_PER_CERTIFICATE})"
        one = surplus[0]
        wanted = collected.add(one.purpose, one.url, one.position)
        if not wanted.named_by:
            wanted.not_fetched = text
            wanted.named_by.append(named.sha1)
        collected.notes.append(f"{named.sha1}: {text}")


def _name(wanted: _Wanted, named: Named, issuer: bytes | None) -> None:
    if len(wanted.url) < urls.LONGEST and wanted.not_fetched.endswith(")"):
        wanted.not_fetched = ""  # another certificate named it within its limit
    if named.sha1 not in wanted.named_by:
        wanted.named_by.append(named.sha1)
    if named.is_ca and named.serial not in wanted.serials:
        wanted.serials.append(named.serial)
    if wanted.subject is None:
        wanted.subject = named.der
        wanted.issuers[:0] = [issuer] if issuer else []
        return
    if issuer is not None and issuer not in wanted.issuers:
        wanted.issuers.append(issuer)
    if issuer is not None and wanted.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
        wanted.questions.append((named.der, issuer))


def _of_tenant(host: Stores, gathered: Gathered, collected: _Collected) -> None:
    """Add the URLs that the tenant's CA objects name: of the CRLs that those CAs publish."""
    try:
        authorities = host.entra("authorities").values
    except (NotApplicableError, UnavailableError):
        return  # most servers know nothing of the tenant; the probe of that kind says so
    except NotObservedError as error:
        collected.notes.append(str(error))
        return
    for message in authorities:
        authority = cast("facts_pb2.EntraAuthority", message)
        for purpose, url in (
            (facts_pb2.RETRIEVAL_PURPOSE_CRL, authority.crl_url),
            (facts_pb2.RETRIEVAL_PURPOSE_DELTA, authority.delta_crl_url),
        ):
            if url.strip():
                wanted = collected.add(purpose, url, 0)
                sha1 = authority.certificate.sha1
                if sha1 and sha1 not in wanted.named_by:
                    wanted.named_by.append(sha1)
                issuer = gathered.der.get(sha1)
                if issuer is not None and issuer not in wanted.issuers:
                    wanted.issuers.append(issuer)


def _bounded(collected: _Collected) -> Iterable[Target]:
    wanted = list(collected.wanted.values())
    for one in wanted[:MOST_TARGETS]:
        if len(one.questions) > MOST_QUESTIONS:
            left_out = len(one.questions) - MOST_QUESTIONS
            collected.notes.append(f"{one.url}: not asked about {left_out} more certificates")
        yield one.target()
    if len(wanted) > MOST_TARGETS:
        text = f"{len(wanted) - MOST_TARGETS} more URLs are not fetched (limit {MOST_TARGETS})"
        wanted[MOST_TARGETS].not_fetched = text
        collected.notes.append(text)
        yield wanted[MOST_TARGETS].target()
