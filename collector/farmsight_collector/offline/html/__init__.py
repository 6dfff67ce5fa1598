"""An analysis as one page that needs nothing else: no script from elsewhere, no font, no picture."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.html.view import view

# What stands in it came from certificates, URLs and strangers' files: everything is escaped.
_ENVIRONMENT: Final = Environment(
    loader=PackageLoader(__name__, "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(analysis: Analysis) -> str:
    """Return the page."""
    return _ENVIRONMENT.get_template("report.html.j2").render(view(analysis)) + "\n"
