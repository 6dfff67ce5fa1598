"""What of a URL the collector compares: its host."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Return the host of a URL in lower case; nothing when it has none or is no URL (those are facts too)."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
