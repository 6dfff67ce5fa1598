"""The end of `certutil -verify`: what the chain comes to, and what the leaf's own check gave."""

from collections.abc import Iterator

from farmsight_lab.captured import names, statuses
from farmsight_lab.captured.chains import Chain
from farmsight_lab.captured.wording import Told

_DASHES = "------------------------------------"


def verdict(chain: Chain, told: Told) -> Iterator[str]:
    """Yield the lines after the hashes of the chain, but for the very last."""
    result = statuses.result_of(chain.errors)
    if result is not None:
        yield from _failing(chain, told, result)
    yield _DASHES
    yield from _told(chain, told, result)
    yield from _leaf(chain, told)


def _failing(chain: Chain, told: Told, result: str) -> Iterator[str]:
    if chain.missing is not None:
        yield f"Missing Issuer: {names.in_one_line(chain.missing)}"
    at_fault = next((one for one in chain.elements if one.errors), chain.elements[-1])
    yield from told.certificate(at_fault.certificate)
    yield statuses.told_result(result, told.style.words)


def _told(chain: Chain, told: Told, result: str | None) -> Iterator[str]:
    words, leaf = told.verify, chain.elements[0].certificate
    if result is None:
        yield f"{words.issuance_policies} {words.none}"
        uses = names.uses(leaf)
        yield words.application_policies if uses else f"{words.application_policies} {words.all}"
        yield from (f"    {use} {words.uses.get(use, '')}".rstrip() for use in uses)
    elif chain.missing is not None:
        yield words.incomplete
        yield words.not_found
        yield f"    {names.in_one_line(chain.missing)}"
        yield ""
        return
    else:
        said = {
            "CRYPT_E_REVOKED": words.revoked,
            "CERT_E_UNTRUSTEDROOT": words.untrusted,
            "CRYPT_E_REVOCATION_OFFLINE": words.skipped,
            "CERT_E_EXPIRED": words.expired,
        }
        if result in said:
            yield said[result]
    yield words.is_ca if names.is_ca(leaf) else words.is_end_entity


def _leaf(chain: Chain, told: Told) -> Iterator[str]:
    words, errors = told.verify, chain.elements[0].checked.errors
    if errors & statuses.REVOKED:
        yield words.leaf_revoked
    elif errors:
        offline = "CRYPT_E_REVOCATION_OFFLINE"
        yield ""
        yield f"{words.leaf_error} {statuses.told_result(offline, told.style.words)}"
        yield f"CertUtil: {told.style.words.messages[offline]}"
        yield ""
    else:
        yield words.leaf_passed
