"""What a question over HTTP stands on: a farm, and the instant that the address asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from google.protobuf.message import Message
from starlette.requests import Request

from farmsight_collector.clock import timestamp
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries.instants import asked_for
from farmsight_collector.queries.questions import Asking
from farmsight_collector.web.api import requests
from farmsight_collector.web.api.questions import Question
from farmsight_collector.web.site import Site


@contextmanager
def asking_of(site: Site, one: Question, request: Request, asked: Message) -> Iterator[Asking]:
    """Yield a store as it is now, with the scope of the request filled in; in a thread.

    Raises InvalidRequestError and NotFoundError.
    """
    now, farm = site.desk.clock.now(), request.path_params.get("farm", "")
    with site.desk.store.read() as connection:
        if "scope" in one.contract.input_type.fields_by_name:
            scope = asked.scope  # type: ignore[attr-defined] # looked up in its descriptor
            scope.farm = farm
            given = request.query_params.getlist("at")
            if len(given) > 1:
                raise InvalidRequestError("at: given more than once")
            if given and given[0].strip():
                at = asked_for(connection, farm, now, given[0], "", partial(requests.instant, "at", now=now))
                scope.as_of.CopyFrom(timestamp(at))
        yield Asking(connection=connection, now=now, work_out=site.evaluations.get)
