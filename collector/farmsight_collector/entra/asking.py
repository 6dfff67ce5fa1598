"""One run: everything that is asked of a tenant, as one document in the form of entra.json."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from farmsight_collector.entra.graph import Answer, Graph
from farmsight_collector.entra.resources import CLASSIC, DOMAINS, FEDERATION, PKI, POLICY, RESOURCES, ROLLOUTS, Resource

FEDERATED_DOMAINS: Final = 500
CONTAINERS: Final = 100
_GONE: Final = "Request_ResourceNotFound"  # how Graph says that a domain has no federation settings


@dataclass(frozen=True, kw_only=True)
class Given:
    """What one resource gave: rows, or why there are none."""

    resource: Resource
    rows: int
    code: str = ""  # of the error; empty: it answered
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run came to."""

    document: str  # as entra.json
    given: tuple[Given, ...]


def ask(graph: Graph, tenant: str) -> Asked:
    """Ask for everything; what is refused, late or broken stands in the document as an error of its own."""
    answers: dict[str, Any] = {
        CLASSIC.name: _classic(graph, tenant),
        PKI.name: _pki(graph),
        DOMAINS.name: _of(graph, DOMAINS),
        POLICY.name: _of(graph, POLICY),
        ROLLOUTS.name: _of(graph, ROLLOUTS),
    }
    answers[FEDERATION.name] = _federation(graph, answers[DOMAINS.name])
    return Asked(
        document=json.dumps(answers, ensure_ascii=False, indent=1),
        given=tuple(_given(one, answers) for one in RESOURCES),
    )


def _of(graph: Graph, resource: Resource, **names: str) -> Answer:
    path = resource.path.format(**{name: quote(value, safe="") for name, value in names.items()})
    return graph.answer(path, permission=resource.permission, if_missing=resource.if_missing)


def _classic(graph: Graph, tenant: str) -> Answer:
    """Ask for the classic list, which wants the tenant's id; a name is looked up first."""
    if not _is_id(tenant):
        found = graph.answer("/organization?$select=id", permission=CLASSIC.permission)
        if "error" in found:
            return found
        tenant = next((str(row.get("id")) for row in found.get("value", ()) if isinstance(row, dict)), "")
        if not _is_id(tenant):
            return {"error": {"code": "farmsight.notUnderstood", "message": "organization names no id"}}
    return _of(graph, CLASSIC, tenant=tenant)


def _pki(graph: Graph) -> Answer:
    """Ask for the containers, and each one's authorities: a store that is seen in part is not seen."""
    found = _of(graph, PKI)
    rows = [row for row in found.get("value", ()) if isinstance(row, dict) and row.get("id")]
    if len(rows) > CONTAINERS:
        return {"error": {"code": "farmsight.notTaken", "message": f"more than {CONTAINERS} containers"}}
    for row in rows:
        path = f"{PKI.path}/{quote(str(row['id']), safe='')}/certificateAuthorities?$top=999"
        held = graph.answer(path, permission=PKI.permission)
        if "error" in held:
            return held
        row["certificateAuthorities"] = held.get("value", [])
    return found


def _federation(graph: Graph, domains: Answer) -> dict[str, Answer]:
    """Ask for the settings of each federated domain."""
    found: dict[str, Answer] = {}
    federated = [
        str(row["id"])
        for row in domains.get("value", ())
        if isinstance(row, dict) and row.get("id") and str(row.get("authenticationType")).lower() == "federated"
    ]
    for domain in federated[:FEDERATED_DOMAINS]:
        found[domain] = _of(graph, FEDERATION, domain=domain)
    for domain in federated[FEDERATED_DOMAINS:]:
        message = f"more than {FEDERATED_DOMAINS} federated domains"
        found[domain] = {"error": {"code": "farmsight.notTaken", "message": message}}
    return found


def _given(resource: Resource, answers: dict[str, Answer]) -> Given:
    answer = answers[resource.name]
    if resource is FEDERATION:
        held = (answers[DOMAINS.name], *answer.values())  # nobody is asked about domains that are not known
        errors = (one["error"] for one in held if "error" in one)
        error = next((one for one in errors if one["code"] != _GONE), None)
        rows = sum(len(one.get("value", ())) for one in answer.values())
    else:
        error = answer.get("error")
        rows = len(answer["value"]) if "value" in answer else int(error is None)
    if resource is CLASSIC and error is None:
        lists = (one.get("certificateAuthorities") for one in answer.get("value", ()) if isinstance(one, dict))
        rows = sum(len(one) for one in lists if isinstance(one, list))
    code, message = (str(error["code"]), str(error["message"])) if error else ("", "")
    return Given(resource=resource, rows=rows, code=code, message=message)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
