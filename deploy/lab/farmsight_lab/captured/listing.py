"""`certutil -verifystore NAME`: the certificates of a store, each with what its chain comes to; without their bytes."""

import uuid
from collections.abc import Iterator
from typing import Final

from farmsight_lab.captured import names, statuses
from farmsight_lab.captured.chains import Engine
from farmsight_lab.captured.plan import Style
from farmsight_lab.captured.wording import Told
from farmsight_lab.farm.state import Stored

_DASHES: Final = "------------------------------------"
_PROVIDER: Final = "Microsoft Software Key Storage Provider"


def text(engine: Engine, store: str, style: Style) -> str:
    """Return what is printed of a store of the server, as the engine's account sees it."""
    told = Told(style)
    shown = {"root": "root", "ca": "CA", "my": "my"}[store]
    lines = [f'{shown} "{told.store.stores[store]}"']
    for number, stored in enumerate(engine.server.stores.get(store.upper(), ())):
        lines.append(f"================ {told.store.certificate} {number} ================")
        lines += _certificate(engine, stored, told)
        lines += [*_verdict(engine, stored, told), ""]
    if lines[-1] == "":
        lines.pop()
    return "\r\n".join([*lines, told.store.done.format(verb="verifystore")]) + "\r\n"


def _certificate(engine: Engine, stored: Stored, told: Told) -> Iterator[str]:
    words, certificate = told.store, engine.farm.pki[stored.certificate].certificate
    yield f"{words.serial} {names.serial(certificate)}"
    yield f"{words.issuer} {names.in_one_line(certificate.issuer)}"
    yield f" {words.not_before} {told.moment(certificate.not_valid_before_utc)}"
    yield f" {words.not_after} {told.moment(certificate.not_valid_after_utc)}"
    yield f"{words.subject} {names.in_one_line(certificate.subject)}"
    if names.is_self_signed(certificate):
        yield words.signature
        yield words.root
    else:
        yield words.not_root
    digest = names.thumbprint(certificate)
    yield f"{words.hash} {told.hash(digest)}"
    if not stored.has_key:
        yield words.no_provider
        yield words.no_key
        return
    container = uuid.uuid5(uuid.NAMESPACE_OID, digest)
    yield f"  {words.container} tq-{container}"
    yield f"  {words.unique} {digest[:32]}_{container}"
    yield f"  {words.provider} {_PROVIDER}"
    yield words.tested


def _verdict(engine: Engine, stored: Stored, told: Told) -> Iterator[str]:
    chain = engine.build(stored.certificate)
    result = statuses.result_of(chain.errors)
    if result is None:
        yield told.store.valid
        return
    yield statuses.told_result(result, told.style.words)
    yield _DASHES
    if chain.missing is not None:
        yield told.verify.incomplete
        yield told.verify.not_found
        yield f"    {names.in_one_line(chain.missing)}"
    elif result == "CRYPT_E_REVOCATION_OFFLINE":
        yield told.verify.skipped
        yield told.store.valid
    elif result == "CERT_E_UNTRUSTEDROOT":
        yield told.verify.untrusted
