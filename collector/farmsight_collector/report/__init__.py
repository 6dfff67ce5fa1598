"""A farm as one page that needs nothing else: no script, no font, no picture file, nothing from elsewhere.

`source` is what captured files, or a collector, say of a farm; `view` makes
plain values of it, `redaction` may put stand-ins for the names in them, and
`render` makes the page.
"""

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from farmsight_collector.report.map import picture
from farmsight_collector.shown import texts

_SHARED: Final = resources.files("farmsight_collector.shown")


def _style() -> str:
    common, dark, drawn = (
        (_SHARED / name).read_text(encoding="utf-8") for name in ("common.css", "dark.css", "map.css")
    )
    own = (resources.files(__name__) / "report.css").read_text(encoding="utf-8")
    return f"{common}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n{drawn}{own}"


_STYLE: Final = _style()

# What stands in it came from certificates, URLs and strangers' files: everything is escaped,
# and made visible where it is not.
_ENVIRONMENT: Final = Environment(
    loader=PackageLoader(__name__, "."),
    autoescape=True,
    finalize=texts.shown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"breakable": texts.breakable, "instant": texts.instant}


def render(values: Mapping[str, Any]) -> str:
    """Return the page that shows these values: those of `view`."""
    template = _ENVIRONMENT.get_template("report.html.j2")
    # Ours, and a constant. Its hash is the one thing that the page's own policy lets in.
    drawn = {**values, "map": picture(values["map"])}
    return template.render(drawn, style=Markup(_STYLE), style_hash=style_hash()) + "\n"  # noqa: S704


def style_hash() -> str:
    """Return the style's hash as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
