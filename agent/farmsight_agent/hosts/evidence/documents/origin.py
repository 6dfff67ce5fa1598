"""What a JSON document says of itself: whose it is, and when it was made."""

from datetime import UTC, datetime
from typing import Any, Final

from farmsight_agent.hosts.evidence.documents.shapes import instant, text

_NAMES: Final = ("Computer", "server", "ComputerName")
_TIMES: Final = ("CollectedAt", "collected_at", "GeneratedAt", "Timestamp")
_COLLECTION: Final = "farmsight.collection/"


def origin(value: Any) -> tuple[str, datetime | None]:  # noqa: ANN401 - JSON
    """Return the computer that a document names ("" for none) and its time (None for none)."""
    if not isinstance(value, dict):
        return "", None
    computer = value.get("ComputerSystem")
    row = computer[0] if isinstance(computer, list) and computer else computer
    name = text(row.get("Name")) if isinstance(row, dict) else ""
    name = name or next((told for key in _NAMES if (told := text(value.get(key)))), "")
    stamp = next((found for key in _TIMES if (found := instant(value.get(key))) is not None), None)
    return name, None if stamp is None else stamp.ToDatetime(tzinfo=UTC)


def is_of_the_script(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell what the collection script writes of its own run."""
    return isinstance(value, dict) and text(value.get("Schema")).startswith(_COLLECTION)
