"""Trace: a user's certificate, its public part, on every way into the farm, now or at any instant."""

import threading
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.model.words import plain
from farmsight_collector.offline.user_certificate import Given, UserCertificateError, found_in
from farmsight_collector.queries import trace
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.shown.sign_ins import sign_in, way
from farmsight_collector.signin.trace import PATHS
from farmsight_collector.store import audit, blobs, traced
from farmsight_collector.web.page import Acting, Action, Asked, Page
from farmsight_wire.v1 import query_pb2

LATEST: Final = 12
_HEX: Final = 64  # digits of a SHA-256
_FORGET: Final = 4
_lock: Final = threading.Lock()
_answers: dict[tuple[int, bytes, str], tuple[Evaluated, query_pb2.TraceResponse]] = {}


def values(asked: Asked) -> Mapping[str, object]:
    """Return the sign-in with the certificate that the address names, or none yet; raises for one that is not kept."""
    around: dict[str, object] = {
        "latest": [(row.sha256.hex(), row) for row in traced.latest(asked.connection, asked.farm, LATEST)],
        "paths": tuple(PATHS),
        "chosen": asked.parameters.one_of("path", tuple(PATHS), ""),
        "certificate": asked.parameters.text("certificate").lower(),
        "signin": None,
        "way": None,
    }
    if not around["certificate"]:
        return around
    der = _kept(asked, str(around["certificate"]))
    picture = asked.evaluated()
    answer = _answer(picture, der, str(around["chosen"]))
    found = [
        query_pb2.Finding(id=one.id, code=one.rule.code, servers=one.servers) for one in picture.evaluation.findings
    ]
    via = asked.parameters.texts("via")
    return {
        **around,
        "signin": sign_in(1, "this certificate", answer, found),
        "way": way(answer, asked.parameters.text("way"), via) if via else None,
        "via": via,
    }


def _kept(asked: Asked, sha256: str) -> bytes:
    if len(sha256) != _HEX or not set(sha256) <= set("0123456789abcdef"):
        raise InvalidRequestError("certificate: the SHA-256 of one that was handed in here, in hex")
    digest = bytes.fromhex(sha256)
    der = traced.get(asked.connection, asked.farm, digest) or blobs.get(asked.connection, digest)
    if der is None:
        raise NotFoundError("This certificate is not kept here (any more); hand it in again.")
    return der


def _answer(picture: Evaluated, der: bytes, path: str) -> query_pb2.TraceResponse:
    """Return the trace; pages that renew themselves ask the same of the same picture again and again."""
    key = (id(picture), der, path)
    with _lock:
        held = _answers.get(key)
    if held is None or held[0] is not picture:
        held = picture, trace.answer(picture, query_pb2.TraceRequest(certificate=der, paths=[path] if path else []))
        with _lock:  # pages are made in several threads
            while len(_answers) >= _FORGET:
                del _answers[next(iter(_answers))]
            _answers[key] = held
    return held[1]


def _hand_in(acting: Acting) -> str:
    """Keep the certificate of an upload or of pasted text, and go to its trace."""
    given = _given(acting.files.get("file") or b"", acting.form.text("text"))
    with acting.desk.store.write() as connection:
        at, person = acting.desk.clock.now(), acting.person.name
        subject = given.leaf.subject
        sha256 = traced.put(connection, acting.farm, given.der, subject=subject, actor=person, at=at)
        note = {"actor": person, "action": "trace", "target": acting.farm, "detail": f"{subject}, {sha256.hex()}"}
        audit.note(connection, at=at, **note)
    instant = acting.form.text("at")
    return f"/farms/{acting.farm}/trace?certificate={sha256.hex()}" + (
        f"&{urlencode({'at': instant})}" if instant else ""
    )


def _given(file: bytes, text: str) -> Given:
    data: bytes = file or text.strip().encode()
    if not data:
        raise InvalidRequestError("No certificate was handed in; drop the user's .cer, .pem or .p7b, or paste it.")
    try:
        return found_in("this file" if file else "this text", data)
    except UserCertificateError as error:
        raise InvalidRequestError(plain(str(error))) from None


PAGE: Final = Page(
    name="trace", title="Trace", path="/farms/{farm}/trace", template="trace.html.j2", values=values, key="s"
)
ACTIONS: Final[Sequence[Action]] = (
    Action(name="hand-in", path="/farms/{farm}/trace", role="viewer", perform=_hand_in),
)
