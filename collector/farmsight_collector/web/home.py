"""Where people arrive: at their farm, at the list of farms, or at what to do first."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from farmsight_collector.identity import roster
from farmsight_collector.model.build import farms
from farmsight_collector.web import answers
from farmsight_collector.web.layout import filled, layout
from farmsight_collector.web.site import Site, Visitor, visitor
from farmsight_collector.web.views import to_sign_in

ALL_FARMS: Final = "farms"  # the page's name


def arrived(site: Site, request: Request) -> Response:
    """Return the way to the only farm, to all farms, or the page for when there is none. Raises StoreError."""
    who = visitor(site, request)
    if who is None:
        return to_sign_in(request)
    with site.desk.store.read() as connection:
        names = farms(connection)
    if not names:
        return _nothing_yet(site, request, who)
    of_one = next((one for one in site.pages if one.navigated and "{farm}" in one.path), None)
    of_all = next((one for one in site.pages if one.name == ALL_FARMS), None)
    if of_one is not None and (len(names) == 1 or of_all is None):
        return answers.going_to(filled(of_one, {"farm": names[0]}, {}))
    return answers.going_to(of_all.path if of_all else "/sign-in")


def _nothing_yet(site: Site, request: Request, who: Visitor) -> Response:
    config = site.desk.config
    around = layout(site, request, title="No farm yet", visitor=who, now=site.desk.clock.now())
    values = {
        "configured": config.farms,
        "data": str(config.data),
        "collector": roster.where_to_enrol(config),
    }
    return answers.page("no_farm.html.j2", around, values)
