"""entra.json: the tenant's side, Graph answers as they came, by name."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.documents import entra_cmdlets, entra_policy, sections
from farmsight_agent.hosts.evidence.documents.entra_cmdlets import PROMPTS, signing
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import Json, looks_like_certificate, raw, rows, text, tristate
from farmsight_agent.hosts.evidence.powershell import cmdlets
from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise import certificate_summary
from farmsight_agent.normalise.spelling import thumbprint
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)
from farmsight_wire.v1 import facts_pb2

Keep = Callable[[bytes], bytes]

CLASSIC: Final = "certificateBasedAuthConfiguration"
PKI: Final = "certificateBasedAuthConfigurations"
FEDERATION: Final = "federationConfiguration"
DOMAINS: Final = "domains"
X509: Final = "x509Certificate"
ROLLOUTS: Final = "featureRolloutPolicies"
_NOT_FOUND: Final = "Request_ResourceNotFound"
_DENIED: Final = frozenset({"Authorization_RequestDenied", "accessDenied", "InvalidAuthenticationToken"})
# What the collector writes in place of an answer that did not come.
_NOT_GOT: Final[Mapping[str, tuple[type[NotObservedError], str]]] = {
    "farmsight.unavailable": (UnavailableError, "graph-unavailable"),
    "farmsight.throttled": (UnavailableError, "throttled"),
    "farmsight.timedOut": (TimedOutError, "graph-timed-out"),
    "farmsight.tokenRefused": (DeniedError, "token-refused"),
    "farmsight.notThere": (NotApplicableError, "not-in-this-tenant"),
}
_BARE: Final = frozenset({"value", "certificateAuthorities", "issuerUri", "certificateUserBindings"})
# What tells a bare answer: a property of its rows, or the end of its context.
_MARKS: Final = (
    (
        CLASSIC,
        "certificateAuthorities",
        re.compile(r"/certificateBasedAuthConfiguration(?:/\$entity)?$", re.IGNORECASE),
    ),
    (PKI, "certificateAuthorityType", re.compile(r"/certificateAuthorities$", re.IGNORECASE)),
    (DOMAINS, "authenticationType", re.compile(r"\$metadata#domains$", re.IGNORECASE)),
    (FEDERATION, "issuerUri", re.compile(r"/federationConfiguration(?:/\$entity)?$", re.IGNORECASE)),
    (X509, "certificateUserBindings", re.compile(r"x509Certificate", re.IGNORECASE)),
    (ROLLOUTS, "isAppliedToOrganization", re.compile(r"featureRolloutPolicies(?:/\$entity)?$", re.IGNORECASE)),
)
# The parts beside those two: the answer that each stands in, and who reads it.
_POLICIES: Final = {
    "pki-store": (PKI, entra_policy.pki_store),
    "certificate-policy": (X509, entra_policy.certificate_policy),
    "rollouts": (ROLLOUTS, entra_policy.rollouts),
}
_OF_DOMAINS: Final = (cmdlets.TENANT_DOMAIN, cmdlets.FEDERATION_SETTINGS, cmdlets.FEDERATION_PROPERTY)
_DOMAIN_IN_CONTEXT: Final = re.compile(r"domains\('([^']{1,253})'\)", re.IGNORECASE)


def speaks_of_tenant(document: Located) -> bool:
    """Tell whether any of the tenant's answers is here, from Graph or from a cmdlet."""
    families = (cmdlets.TRUSTED_CA, *_OF_DOMAINS)
    return any(document.get(name) is not None for name in (CLASSIC, PKI, FEDERATION, DOMAINS, X509, ROLLOUTS)) or any(
        entra_cmdlets.names_of(family, document) for family in families
    )


def part(document: Located, name: str, keep: Keep) -> Seen[Message]:
    """Return one part of the tenant's side, by the vocabulary's name of it."""
    answers = by_name(document)
    if name == "authorities":
        found: Iterator[tuple[Message, str]] = _authorities(answers, keep)
    elif name == "domains":
        found = _domains(answers, keep)
    else:
        answer, read = _POLICIES[name]
        found = read(_answer(answers, answer))
    return sourced(found, sections.file_of(document))


def by_name(document: Located, domain: str = "") -> Located:
    """Return the answers by name; a bare answer is known by what its rows hold, or by its context where it has none.

    `domain` is what federation settings are of where the answer does not say it.
    """
    if not _BARE & document.keys():
        return document
    sample = next(rows(document), document)
    context = text(document.get("@odata.context"))
    said = _DOMAIN_IN_CONTEXT.search(context)
    name = next((name for name, mark, end in _MARKS if mark in sample or end.search(context)), None)
    answers = Located()
    answers.source = document.source
    if name == FEDERATION:
        answers[FEDERATION] = Located({said[1] if said else domain: document})
    elif name is not None:
        answers[name] = document
    return answers


def _answer(answers: Located, name: str) -> Json:
    if answers.get(name) is None:
        raise UnavailableError("not-collected", f"no {name} in entra.json", source=sections.file_of(answers))
    _check(name, answers[name])
    return answers[name]


def is_error(answer: Json) -> bool:
    """Tell an answer that Graph refused."""
    return isinstance(answer, Located) and isinstance(answer.get("error"), Located)


def _check(name: str, answer: Json) -> None:
    if is_error(answer):
        error = answer["error"]
        code, detail = text(error.get("code")), f"{name}: {text(error.get('message'))[:300]}"
        if code in _DENIED:
            raise DeniedError("denied", detail, source=error.source)
        kind, reason = _NOT_GOT.get(code, (FailedError, "graph-error"))
        raise kind(reason, f"{code}: {detail}", source=error.source)


def _authorities(answers: Located, keep: Keep) -> Iterator[tuple[Message, str]]:
    if answers.get(CLASSIC) is None and entra_cmdlets.names_of(cmdlets.TRUSTED_CA, answers):
        yield from entra_cmdlets.authorities(answers, keep)
    else:
        yield from _classic(answers, keep)
    yield from _of_containers(answers, keep)


def _classic(answers: Located, keep: Keep) -> Iterator[tuple[Message, str]]:
    for container in rows(_answer(answers, CLASSIC)):
        for row in rows(container.get("certificateAuthorities")):
            yield _authority(row, facts_pb2.ENTRA_STORE_CLASSIC, keep), row.source


def _of_containers(answers: Located, keep: Keep) -> Iterator[tuple[Message, str]]:
    if answers.get(PKI) is None or is_error(answers[PKI]):
        return  # the part of that store says so; the classic list is known all the same
    for container in rows(_answer(answers, PKI)):
        listed = (
            [container] if "certificateAuthorityType" in container else rows(container.get("certificateAuthorities"))
        )
        for row in listed:
            value = _authority(row, facts_pb2.ENTRA_STORE_PKI, keep)
            value.container = text(container.get("displayName")) if row is not container else ""
            yield value, row.source


def _authority(row: Located, store: facts_pb2.EntraStore.ValueType, keep: Keep) -> facts_pb2.EntraAuthority:
    kind = text(row.get("certificateAuthorityType")).lower()
    value = facts_pb2.EntraAuthority(
        entra_store=store,
        root=tristate(kind == "root" if kind else row.get("isRootAuthority")),
        crl_url=text(row.get("certificateRevocationListUrl")),
        # The two stores spell this property differently.
        delta_crl_url=text(row.get("deltaCertificateRevocationListUrl"))
        or text(row.get("deltacertificateRevocationListUrl")),
        display_name=text(row.get("displayName")),
        issuer_hint=tristate(row.get("isIssuerHintEnabled")),
    )
    der = raw(row.get("certificate"))
    if looks_like_certificate(der) and der is not None:
        value.certificate.CopyFrom(certificate_summary(der, keep))
        return value
    sha1 = thumbprint(text(row.get("thumbprint")))
    if len(sha1) != 40:
        raise sections.not_understood(row, "a certificate that can be read")
    value.certificate.sha1 = sha1
    value.certificate.subject_key_identifier = thumbprint(text(row.get("issuerSubjectKeyIdentifier")))
    return value


def _domains(answers: Located, keep: Keep) -> Iterator[tuple[Message, str]]:
    by_cmdlet = any(entra_cmdlets.names_of(family, answers) for family in _OF_DOMAINS)
    if answers.get(DOMAINS) is None and answers.get(FEDERATION) is None and not by_cmdlet:
        _answer(answers, FEDERATION)
    found: entra_cmdlets.Domains = {}
    for row in rows(_answer(answers, DOMAINS)) if answers.get(DOMAINS) is not None else ():
        name = text(row.get("id")).lower() or text(row.get("name")).lower()
        if not name:
            raise sections.not_understood(row, "id")
        kind, verified = text(row.get("authenticationType")), tristate(row.get("isVerified"))
        found[name] = (facts_pb2.EntraDomain(name=name, authentication_type=kind, verified=verified), row.source)
    federation = answers.get(FEDERATION)
    for domain, answer in federation.items() if isinstance(federation, dict) else ():
        name = text(domain).lower()
        if not name:
            detail = "federationConfiguration of a domain that the file does not name"
            raise FailedError("domain-not-said", detail, source=sections.file_of(answers))
        error = answer.get("error") if isinstance(answer, Located) else None
        if isinstance(error, Located) and text(error.get("code")) == _NOT_FOUND:
            continue  # that is how Graph says that a domain is not federated
        _check(f"{FEDERATION} {name}", answer)
        for row in rows(answer):
            value = found.setdefault(name, (facts_pb2.EntraDomain(name=name), row.source))[0]
            _federation(row, value, keep)
    entra_cmdlets.domains(answers, found, keep)
    yield from found.values()


def _federation(row: Located, value: facts_pb2.EntraDomain, keep: Keep) -> None:
    value.authentication_type = value.authentication_type or "Federated"
    value.issuer_uri = text(row.get("issuerUri"))
    value.passive_sign_in_uri = text(row.get("passiveSignInUri"))
    value.active_sign_in_uri = text(row.get("activeSignInUri"))
    value.metadata_exchange_uri = text(row.get("metadataExchangeUri"))
    value.sign_out_uri = text(row.get("signOutUri"))
    value.preferred_protocol = text(row.get("preferredAuthenticationProtocol"))
    value.mfa_behavior = text(row.get("federatedIdpMfaBehavior"))
    if "promptLoginBehavior" in row:
        word = text(row["promptLoginBehavior"]).lower()
        value.prompt_login = PROMPTS.get(word, facts_pb2.PROMPT_LOGIN_UNSPECIFIED)
    for field, key in (
        ("signing_certificate", "signingCertificate"),
        ("next_signing_certificate", "nextSigningCertificate"),
    ):
        if row.get(key):
            getattr(value, field).CopyFrom(signing(row[key], keep))
