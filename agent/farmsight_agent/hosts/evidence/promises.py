"""What a file's name promises of its content."""

import re
from typing import Final

from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Form
from farmsight_agent.hosts.evidence.forms import FORMS

COLLECTION: Final = "collection"  # what the collection script says of its own run
# What a name promises beside the forms of text.
_BY_NAME: Final = (
    (re.compile(r"^entra\.json$", re.IGNORECASE), "tenant"),
    (re.compile(r"(?:^|_)(?:host|adfs|wap)\.json$", re.IGNORECASE), "sections"),
    (re.compile(r"_collection\.(?:json|log)$", re.IGNORECASE), COLLECTION),
    (re.compile(r"\.(?:pem|p7b|p7c|cer|crt|der|sst|crl)$", re.IGNORECASE), CERTIFICATES),
)


def promised_by_name(name: str) -> str | None:
    """Return the id of the form that a file's name promises, of text or not."""
    base = name.rpartition("/")[2]
    other = next((form for pattern, form in _BY_NAME if pattern.search(base)), None)
    if other is not None:
        return other
    form = form_named(name)
    return form.id if form is not None else None


def form_named(name: str) -> Form | None:
    """Return the form of text that a file's name promises."""
    base = name.rpartition("/")[2]
    return next((form for form in FORMS if form.named and form.named.search(base)), None)
