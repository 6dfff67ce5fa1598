"""The signs of states and the heads of lines, as shapes: a state is told by its shape, too, not by colour alone."""

from collections.abc import Mapping
from typing import Final

Shape = tuple[str, Mapping[str, str]]  # element, attributes

# Drawn in a square of 16. An edge is stroked in the state's colour, what is solid is filled, a mark is a glyph, and
# "on" is a glyph upon what is solid. The classes stand alone: selectors do not reach into what <use> copies.
SIGNS: Final[Mapping[str, tuple[Shape, ...]]] = {
    "ok": (
        ("circle", {"class": "sign-edge", "cx": "8", "cy": "8", "r": "6.5"}),
        ("path", {"class": "sign-mark", "d": "M4.9 8.3 7.2 10.6 11.2 5.7"}),
    ),
    "warning": (
        ("path", {"class": "sign-edge", "d": "M8 1.9 14.7 13.8H1.3Z"}),
        ("path", {"class": "sign-mark", "d": "M8 6.2V9.6M8 11.5V11.7"}),
    ),
    "error": (
        ("circle", {"class": "sign-edge", "cx": "8", "cy": "8", "r": "6.5"}),
        ("path", {"class": "sign-mark", "d": "M5.4 5.4 10.6 10.6M10.6 5.4 5.4 10.6"}),
    ),
    "critical": (
        ("path", {"class": "sign-solid", "d": "M5.1 1H10.9L15 5.1V10.9L10.9 15H5.1L1 10.9V5.1Z"}),
        ("path", {"class": "sign-on", "d": "M5.3 5.3 10.7 10.7M10.7 5.3 5.3 10.7"}),
    ),
    "unknown": (
        ("circle", {"class": "sign-edge sign-broken", "cx": "8", "cy": "8", "r": "6.5"}),
        ("path", {"class": "sign-mark", "d": "M6.1 6.3A1.95 1.95 0 1 1 8.9 8.1C8.2 8.5 8 8.8 8 9.5M8 11.7V11.9"}),
    ),
    "stale": (
        ("circle", {"class": "sign-edge sign-broken", "cx": "8", "cy": "8", "r": "6.5"}),
        ("path", {"class": "sign-mark", "d": "M8 4.3V8.2H10.8"}),
    ),
    "none": (
        ("circle", {"class": "sign-edge", "cx": "8", "cy": "5.2", "r": "2.9"}),
        ("path", {"class": "sign-edge", "d": "M2.4 14.4C2.6 11 5 9.8 8 9.8S13.4 11 13.6 14.4"}),
    ),
}
SIGN_OF: Final[Mapping[str, str]] = {"info": "ok"}

# The head of a line that goes to the right and ends at 0,0: which relation it is shows by its shape.
HEADS: Final[Mapping[str, tuple[str, str]]] = {  # family -> path, "full" or "open"
    "sign-in": ("M0 0-9-4.2V4.2Z", "full"),
    "fetches": ("M-7-4 0 0-7 4", "open"),
    "syncs": ("M-7-4 0 0-7 4M-12-4-5 0-12 4", "open"),
    "trusts": ("M0 0-6-4-12 0-6 4Z", "hollow"),
    "publishes": ("M0 0A3.5 3.5 0 1 1-7 0 3.5 3.5 0 1 1 0 0Z", "hollow"),
    "issued-by": ("M0 0-9-4.5V4.5Z", "hollow"),
}
