"""Every form of text output that is told by its structure; the order decides between equals."""

from collections.abc import Iterable
from typing import Final

from farmsight_agent.hosts.evidence.capture import Form
from farmsight_agent.hosts.evidence.certutil.forms import FORMS as CERTUTIL
from farmsight_agent.hosts.evidence.netsh.forms import FORMS as NETSH
from farmsight_agent.hosts.evidence.powershell.forms import FORMS as POWERSHELL


def listed(*families: Iterable[Form]) -> tuple[Form, ...]:
    """Return the forms of all families; raises ValueError when two share an id."""
    forms = tuple(form for family in families for form in family)
    ids = [form.id for form in forms]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"forms listed twice: {', '.join(twice)}")
    return forms


FORMS: Final = listed(NETSH, CERTUTIL, POWERSHELL)
BY_ID: Final = {form.id: form for form in FORMS}
