"""What a child can be asked to do. Each imports what it needs when it is called."""

import base64
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.outcome import NotApplicableError
from farmsight_wire.v1 import enrolment_pb2, facts_pb2, telemetry_pb2

Observed = Iterator[tuple[facts_pb2.Fact, list[telemetry_pb2.Sample]]]
Keep = Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Observer:
    """An operation that looks: the one kind of fact it yields, as the field of its value, and how it looks."""

    yields: str
    look: Callable[[ChildRequest, Keep], Observed]


def _whoami(_request: ChildRequest, _keep: Keep) -> Observed:
    return iter(())


def _retrieve(request: ChildRequest, keep: Keep) -> Observed:
    """Yield one fact for each target fetched."""
    from farmsight_agent.clock import SystemClock  # noqa: PLC0415 - only this operation needs
    from farmsight_agent.retrieve.limits import Limits  # noqa: PLC0415 - the network code
    from farmsight_agent.retrieve.run import retrieve_all  # noqa: PLC0415
    from farmsight_agent.retrieve.target import Target  # noqa: PLC0415

    payload = request.payload
    yield from retrieve_all(
        [Target.from_json(target) for target in payload["targets"]],
        Limits.from_json(payload["limits"]),
        SystemClock(),
        keep,
        payload.get("connect_to", {}),
        deadline_s=request.deadline_s * 0.9,  # the rest is for telling what there was no time for
    )


def _endpoints(request: ChildRequest, keep: Keep) -> Observed:
    """Yield one fact for each endpoint at each of its addresses."""
    from farmsight_agent.clock import SystemClock  # noqa: PLC0415 - only this operation needs
    from farmsight_agent.endpoint.run import observe_all  # noqa: PLC0415 - the network code
    from farmsight_agent.endpoint.target import Endpoint, Patience  # noqa: PLC0415

    payload = request.payload
    yield from observe_all(
        [Endpoint.from_json(endpoint) for endpoint in payload["endpoints"]],
        Patience(**payload["patience"]),
        SystemClock(),
        keep,
        payload.get("connect_to", {}),
        deadline_s=request.deadline_s * 0.95,
    )


def _chain(request: ChildRequest, _keep: Keep) -> Observed:
    """Yield what the machine's chain engine says of each certificate, asked as this account."""
    if sys.platform != "win32":
        raise NotApplicableError("other-platform", "only Windows has a chain engine of its own")
    from farmsight_agent.hosts.windows import chain_verdicts  # noqa: PLC0415 - only this operation needs it

    certificates = [base64.b64decode(text) for text in request.payload["certificates"]]
    for verdict in chain_verdicts.asked(certificates):
        key = verdict.elements[0].certificate.sha1 if verdict.elements else "-"
        yield facts_pb2.Fact(key=key, chain_verdict=verdict), []


def _select(request: ChildRequest) -> dict[str, Any]:
    """Return which URLs are fetched on a server whose stores were shown."""
    from farmsight_agent.config import RetrievalConfig  # noqa: PLC0415 - only this operation needs
    from farmsight_agent.retrieve.select import select  # noqa: PLC0415 - all this
    from farmsight_agent.retrieve.shown import ShownStores  # noqa: PLC0415

    payload = request.payload
    config = RetrievalConfig(
        authorities=tuple(payload["authorities"]),
        user_certificates=tuple(Path(name) for name in payload["user_certificates"]),
        urls=tuple(payload["urls"]),
    )
    selection = select(ShownStores(payload["shown"]), config)
    return {"targets": [target.to_json() for target in selection.targets], "notes": list(selection.notes)}


def _identity(request: ChildRequest) -> dict[str, Any]:
    """Make a signing request with the agent's key, or check and write a new certificate."""
    from farmsight_agent.identity import IdentityError, IdentityStore  # noqa: PLC0415 - only this operation needs it

    payload = request.payload
    store = IdentityStore(Path(payload["state_dir"]))
    try:
        if payload["chain"]:
            chain = [base64.b64decode(text) for text in payload["chain"]]
            store.accept(enrolment_pb2.Identity(chain_der=chain))
            return {}
        csr, signature = store.signed_csr()
        return {
            "csr": base64.b64encode(csr).decode(),
            "signature": base64.b64encode(signature).decode(),
            "bootstrap": [pem.decode("ascii") for pem in store.bootstrap()],
        }
    except IdentityError as error:
        return {"error": str(error)}


OBSERVERS: Final[Mapping[str, Observer]] = {
    "whoami": Observer(yields="", look=_whoami),
    "retrieve": Observer(yields="retrieval", look=_retrieve),
    "endpoints": Observer(yields="tls_endpoint", look=_endpoints),
    "chain": Observer(yields="chain_verdict", look=_chain),
}
FINDERS: Final[Mapping[str, Callable[[ChildRequest], dict[str, Any]]]] = {"select": _select, "identity": _identity}
IMPORTED_BEFORE: Final = {
    "retrieve": ("farmsight_agent.retrieve.run", "encodings.idna", "cryptography.x509", "_strptime"),
}
