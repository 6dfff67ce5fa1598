"""What ConvertTo-Json and the layouts print in place of objects that they do not go into."""

import re
from typing import Any, Final

from farmsight_agent.hosts.evidence.documents.located import Located

_TYPE: Final = re.compile(
    r"(?:(?:System|Microsoft)\.[A-Za-z0-9_]+(?:\.[A-Za-z0-9_`+]+)+|System\.[A-Za-z0-9_]+)"
    r"(?:`\d{1,2})?(?:\[[A-Za-z0-9_.`+,\[\] ]{1,300}\])?(?:\[\])?"
)
_BEGINS: Final = ("System.", "Microsoft.", "@{")
_NOTES: Final = re.compile(r"@\{(?:[\w@.]+=|\})")


def is_type_name(value: object) -> bool:
    """Tell whether a text is the name of a .NET type, or an object's notes, in place of what it holds."""
    if not isinstance(value, str) or len(value) > 4096:
        return False
    bare = value.strip()
    return bare.startswith(_BEGINS) and bool(_TYPE.fullmatch(bare) or _NOTES.match(value))


def shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value without the properties whose content was not written: they are unknown, not empty."""
    if isinstance(value, list):
        return [shown(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = Located((name, shown(one)) for name, one in value.items() if not _cut(one))
    kept.source = value.source if isinstance(value, Located) else ""
    return kept


def _cut(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return any(map(is_type_name, value)) if isinstance(value, list) else is_type_name(value)
