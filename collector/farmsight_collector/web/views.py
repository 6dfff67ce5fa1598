"""Answers to pages, parts and actions: who asks, may they, which farm, which instant; then their own function."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from farmsight_collector.errors import AccessError, IdentityError, NotFoundError
from farmsight_collector.model.build import farms
from farmsight_collector.queries.instants import asked_for
from farmsight_collector.web import answers
from farmsight_collector.web.asking import Question, Wish
from farmsight_collector.web.forms import Sent, sent
from farmsight_collector.web.layout import layout
from farmsight_collector.web.page import Action, Download, Page, Part
from farmsight_collector.web.parameters import Given, instant
from farmsight_collector.web.site import Site, Visitor, client, visitor

Endpoint = Callable[[Request], Awaitable[Response]]


def shows(site: Site, one: Page | Part) -> Endpoint:
    """Return the endpoint of a page or part."""

    async def endpoint(request: Request) -> Response:
        return await site.threads.run(lambda: answers.guarded(site, request, lambda: _shown(site, one, request)))

    return endpoint


def acts(site: Site, one: Action) -> Endpoint:
    """Return the endpoint of an action."""

    async def endpoint(request: Request) -> Response:
        form = await sent(request, site.desk.config.web.upload_bytes)
        answer = await site.threads.run(lambda: answers.guarded(site, request, lambda: _done(site, one, request, form)))
        if one.role != "viewer" and "{farm}" in one.path and answer.status_code == HTTPStatus.SEE_OTHER:
            # Whoever did it comes back to a page that was worked out before; others hear of it, too.
            site.watcher.bells.ring(request.path_params["farm"])
        return answer

    return endpoint


def to_sign_in(request: Request) -> Response:
    """Return the way to the sign-in page and back; a part's page is sent there as a whole."""
    if answers.is_part(request) or request.method != "GET":
        response = Response(status_code=401, headers=answers.NO_STORE)
        if answers.is_part(request) and request.method == "GET":
            response.headers["hx-refresh"] = "true"
        return response
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return answers.going_to(f"/sign-in?{urlencode({'next': wanted[:1500]})}")


def _shown(site: Site, one: Page | Part, request: Request) -> Response:
    who = visitor(site, request)
    if who is None:
        return to_sign_in(request)
    if not who.may(one.role):
        error = AccessError(f"This needs the role {one.role}; you are signed in as {who.person.role}.")
        return answers.refused(site, request, error, visitor=who)
    now = site.desk.clock.now()
    with site.desk.store.read() as connection:
        names = farms(connection)
        farm = request.path_params.get("farm", "") if "{farm}" in one.path else ""
        if farm and farm not in names:
            return _no_such_farm(site, request, who, farm, names)
        parameters = Given(request.query_params.multi_items(), now)
        said, of = parameters.text("at").strip(), parameters.text("of")
        asked_at = asked_for(connection, farm, now, said, of, partial(instant, "at", now=now)) if said else None
        at = asked_at or (site.evaluations.now(farm) if farm else now)
        question = Question(
            person=who.person,
            desk=site.desk,
            connection=connection,
            path=request.path_params,
            parameters=parameters,
            farm=farm,
            at=at,
            live=asked_at is None,
            evaluations=site.evaluations,
        )
        values = one.values(question)
    if isinstance(values, Download):
        return answers.download(values)
    return _made(site, one, request, who, question, names, values)


def _made(
    site: Site,
    one: Page | Part,
    request: Request,
    who: Visitor,
    question: Question,
    names: Sequence[str],
    values: Mapping[str, object],
) -> Response:
    around = layout(
        site,
        request,
        title=one.title if isinstance(one, Page) else "",
        visitor=who,
        now=site.desk.clock.now(),
        farm=question.farm,
        farms=names,
        at=question.at,
        live=question.live,
        page=one if isinstance(one, Page) else None,
    )
    return answers.page(one.template, around, values)


def _no_such_farm(site: Site, request: Request, who: Visitor, farm: str, names: Sequence[str]) -> Response:
    error = NotFoundError(f"There is no farm {farm[:200]!r} here.")
    choices = [(f"/farms/{name}", name) for name in names[:50]]
    return answers.refused(site, request, error, visitor=who, choices=choices)


def _done(site: Site, one: Action, request: Request, form: Sent) -> Response:
    who = visitor(site, request)
    if who is None:
        return answers.refused(
            site, request, IdentityError("Your session is over; nothing was changed. Sign in again.")
        )
    try:
        _check(one, who, form)
    except AccessError as refusal:
        site.entrance.refused(f"{one.name}: {refusal}", client(request), who.person.name)
        return answers.refused(site, request, refusal, visitor=who)
    if "{farm}" in one.path:
        with site.desk.store.read() as connection:
            names = farms(connection)
        if request.path_params["farm"] not in names:
            return _no_such_farm(site, request, who, request.path_params["farm"], names)
    wish = Wish(
        person=who.person,
        desk=site.desk,
        path=request.path_params,
        farm=request.path_params.get("farm", "") if "{farm}" in one.path else "",
        form=Given(form.pairs, site.desk.clock.now()),
        files=form.files,
    )
    return answers.going_to(one.perform(wish))


def _check(one: Action, who: Visitor, form: Sent) -> None:
    if not form.proves(who.csrf):
        raise AccessError("This form is not of your session any more; nothing was changed. Go back, load it again.")
    if not who.may(one.role):
        raise AccessError(f"This needs the role {one.role}; you are signed in as {who.person.role}.")
