"""What the layout around every page shows: the navigation, the instant, who is signed in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.requests import Request

from farmsight_collector.identity.people import may
from farmsight_collector.version import VERSION
from farmsight_collector.web.assets import Assets, assets
from farmsight_collector.web.page import Action, Page, Part
from farmsight_collector.web.site import Site, Visitor

THEMES: Final = ("system", "light", "dark")
THEME_COOKIE: Final = "farmsight-theme"
NEEDED_LIBRARY: Final = "htmx.min.js"
Address = Callable[..., str]


def layout(  # noqa: PLR0913 - what a page is about, by name
    site: Site,
    request: Request,
    *,
    title: str,
    visitor: Visitor | None,
    now: datetime,
    farm: str = "",
    farms: Sequence[str] = (),
    at: datetime | None = None,
    live: bool = True,
    page: Page | None = None,
) -> dict[str, Any]:
    """Return the names that every template has."""
    files = assets()
    theme = request.cookies.get(THEME_COOKIE, THEMES[0])
    to = _to(site, farm, None if live else at)
    return {
        "title": title,
        "page_name": page.name if page else "",
        "person": visitor.person if visitor else None,
        "may": lambda role: bool(visitor and may(visitor.person.role, role)),
        "csrf": visitor.csrf if visitor else "",
        "farm": farm,
        "farms": farms,
        "at": at or now,
        "live": live,
        "now": now,
        "here": _here(request),
        "here_path": quote(request.url.path),
        "kept_parameters": [(name, value) for name, value in request.query_params.multi_items() if name != "at"][:200],
        "to": to,
        "action": _action(site, farm),
        "navigation": _navigation(site, visitor, to, of_farm=True) if farm else [],
        "collector_navigation": _navigation(site, visitor, to, of_farm=False),
        "theme": theme if theme in THEMES else THEMES[0],
        "without_libraries": not files.library(NEEDED_LIBRARY),
        "version": VERSION,
        **_tags(files),
    }


def _tags(files: Assets) -> dict[str, Any]:
    return {
        "static": files.address,
        "library": files.library,
        "script": lambda name: Markup('<script type="module" src="{}"></script>').format(files.address(name)),
        "style": lambda name: Markup('<link rel="stylesheet" href="{}">').format(files.address(name)),
    }


def _navigation(site: Site, visitor: Visitor | None, to: Address, *, of_farm: bool) -> list[Mapping[str, str]]:
    return [
        {"name": one.name, "title": one.title, "key": one.key, "address": to(one.name)}
        for one in site.pages
        if one.navigated and ("{farm}" in one.path) is of_farm and visitor and visitor.may(one.role)
    ]


def _here(request: Request) -> Address:
    held = request.query_params.multi_items()

    def here(**changes: object) -> str:
        kept = [(name, value) for name, value in held if name not in changes]
        return _joined(quote(request.url.path), [*kept, *_pairs(changes)])

    return here


def _to(site: Site, farm: str, at: datetime | None) -> Address:
    def to(name: str, **values: object) -> str:
        one = site.page(name)
        moment = {"at": at.isoformat().replace("+00:00", "Z")} if at else {}
        return filled(one, _of(one, farm) | values, moment)

    return to


def _action(site: Site, farm: str) -> Address:
    return lambda name, **values: filled(site.page(name), _of(site.page(name), farm) | values, {})


def _of(one: Page | Part | Action, farm: str) -> dict[str, object]:
    return {"farm": farm} if "{farm}" in one.path else {}


def filled(one: Page | Part | Action, values: Mapping[str, object], more: Mapping[str, object]) -> str:
    """Return the address of a page: its placeholders filled, everything else behind a question mark."""
    path, left = one.path, dict(values)
    for name in tuple(left):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(str(left.pop(name)), safe=""))
        elif f"{{{name}:path}}" in path:
            path = path.replace(f"{{{name}:path}}", quote(str(left.pop(name)), safe="/"))
    if "{farm}" not in one.path:
        more = {}
    return _joined(path, _pairs({**more, **left}))


def _pairs(values: Mapping[str, object]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        many = value if isinstance(value, (list, tuple)) else (value,)
        pairs += [(name, "1" if one is True else str(one)) for one in many]
    return pairs


def _joined(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
