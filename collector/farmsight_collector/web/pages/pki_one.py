"""One CA with each of its certificates and who holds it, or one CRL URL with who was given which list when."""

from collections.abc import Mapping

from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.queries import authorities, crl_times
from farmsight_collector.queries.authorities import Branch
from farmsight_collector.shown import figures
from farmsight_collector.shown.alike import row_id
from farmsight_collector.web.page import Asked, Part


def values(asked: Asked) -> Mapping[str, object]:
    """Return what `open` names: ca/THUMBPRINT or crl/ROW. Raises InvalidRequestError, NotFoundError."""
    return {"one": opened(asked)}


def opened(asked: Asked) -> Mapping[str, object]:
    """Return the same, for the page that shows it beside its tables."""
    what, _, name = asked.parameters.text("open").partition("/")
    if what == "ca" and name:
        return _authority(asked, name)
    if what == "crl" and name:
        return _crl(asked, name)
    raise InvalidRequestError("open: ca/THUMBPRINT or crl/ROW, as the page has it")


def _authority(asked: Asked, sha1: str) -> Mapping[str, object]:
    tree = authorities.answer(asked.evaluated())
    found = next((b for b in tree.branches if not b.again and any(copy.sha1 == sha1 for copy in b.copies)), None)
    if found is None:
        raise NotFoundError("no CA of users' chains had this certificate by then")
    return {"what": "ca", "branch": found, "names": _servers(found)}


def _servers(branch: Branch) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return each server that holds any of its certificates: certificate, store and origin."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for copy in branch.copies:
        for stand in copy.stands:
            for server in stand.servers:
                rows.setdefault(server, []).append((copy.sha1, stand.store, stand.origin))
    return sorted(rows.items())


def _crl(asked: Asked, own: str) -> Mapping[str, object]:
    line = next((one for one in crl_times.answer(asked.evaluated().farm) if row_id(one.key) == own), None)
    if line is None:
        raise NotFoundError("nobody fetched this URL by then")
    return {
        "what": "crl",
        "line": line,
        "issues": [(issue, figures.size(issue.size), _lasted(issue)) for issue in line.issues],
    }


def _lasted(issue: crl_times.Issue) -> str:
    if issue.this_update is None or issue.next_update is None:
        return ""
    return figures.span(issue.next_update - issue.this_update)


PART = Part(
    name="pki-one",
    path="/farms/{farm}/pki/one",
    template="pki_one.html.j2",
    values=values,
)
