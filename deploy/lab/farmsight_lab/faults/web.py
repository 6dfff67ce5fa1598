"""Faults of the PKI's web servers: CRLs, deltas, CA certificates, OCSP.

With servers named, only these get the spoiled answer: names of the PKI then
lead them to the second web server.
"""

# ruff: noqa: ARG001 - every fault has the one form

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from farmsight_lab.farm.state import Farm, Page, Server, Site
from farmsight_lab.farm.web import base_plan, delta_plan
from farmsight_lab.faults.fault import FaultKind, Parameter, Values
from farmsight_lab.pki.certificates import Issued
from farmsight_lab.pki.crls import CrlPlan, sign_crl
from farmsight_lab.pki.hierarchy import FILES, OCSP_PATHS, WITH_DELTA, age_days, aia_path, crl_path, delta_path
from farmsight_lab.servers.bulk import bulk_crl

_CA = Parameter(name="ca", what="whose", default="issuing-1", choices=tuple(FILES))
_WHAT = Parameter(name="which", what="which of its files", default="base", choices=("base", "delta", "aia", "ocsp"))
_CRL = Parameter(name="which", what="which of its CRLs", default="base", choices=("base", "delta"))


def _sites(farm: Farm, servers: Sequence[Server]) -> list[Site]:
    if not servers:
        return list(farm.sites.values())
    for server in servers:
        server.cdp = "mirror"
    return [farm.sites["mirror"]]


def _path(values: Values) -> str:
    ca = str(values["ca"])
    paths: dict[str, Callable[[], str]] = {
        "base": lambda: crl_path(ca),
        "delta": lambda: delta_path(ca),
        "aia": lambda: aia_path(ca),
        "ocsp": lambda: OCSP_PATHS[ca],
    }
    if values["which"] == "delta" and ca not in WITH_DELTA:
        raise KeyError(f"delta CRL of {ca}")
    return paths[values["which"]]()


def _plan(farm: Farm, values: Values) -> CrlPlan:
    days = age_days(farm.pki, farm.published)
    return delta_plan(values["ca"], days) if values["which"] == "delta" else base_plan(values["ca"], days)


def _publish(farm: Farm, servers: Sequence[Server], values: Values, body: bytes) -> None:
    path = _path(values)
    for site in _sites(farm, servers):
        site.pages[path] = Page(body=body)


def _signed(change: Callable[[CrlPlan, Values], CrlPlan]) -> Callable[..., None]:
    def plant(farm: Farm, servers: Sequence[Server], values: Values) -> None:
        plan = change(_plan(farm, values), values)
        _publish(farm, servers, values, sign_crl(farm.pki[values["ca"]], plan, farm.published))

    return plant


def _behaving(settings: Callable[[Values], dict[str, Any]]) -> Callable[..., None]:
    def plant(farm: Farm, servers: Sequence[Server], values: Values) -> None:
        path = _path(values)
        for site in _sites(farm, servers):
            page = site.pages[path]
            site.pages[path] = Page(body=page.body, settings=settings(values))

    return plant


def _wrong_issuer(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    _publish(farm, servers, values, sign_crl(farm.pki[values["by"]], _plan(farm, values), farm.published))


def _wrong_signature(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    # Made out in the CA's name, signed by a key that is not the CA's.
    forged = Issued(certificate=farm.pki[values["ca"]].certificate, key=farm.pki["stranger"].key)
    _publish(farm, servers, values, sign_crl(forged, _plan(farm, values), farm.published))


def _large(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    ca, plan = farm.pki[values["ca"]], _plan(farm, values)
    body = bulk_crl(
        ca.certificate,
        ca.key,
        entries=values["megabytes"] * 1_000_000 // 35,
        this_update=farm.published - plan.age,
        next_update=farm.published + plan.lasts,
        number=plan.number,
    )
    _publish(farm, servers, values, body)


def _revoked(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    serial = farm.pki[values["certificate"]].certificate.serial_number
    plan = replace(_plan(farm, values), revoked=(serial,))
    _publish(farm, servers, values, sign_crl(farm.pki[values["ca"]], plan, farm.published))


def _plus_refused(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for site in _sites(farm, servers):
        site.refuse_plus = True


def _expired(plan: CrlPlan, values: Values) -> CrlPlan:
    ago = timedelta(hours=values["hours"])
    return replace(plan, age=ago + timedelta(days=7), lasts=-ago)


def _stale(plan: CrlPlan, values: Values) -> CrlPlan:
    return replace(plan, number=plan.number - values["behind"], age=plan.age + timedelta(days=2))


def _unrenewed(plan: CrlPlan, values: Values) -> CrlPlan:
    left = timedelta(hours=values["hours"])
    return replace(plan, age=timedelta(days=7) - left, lasts=left, overlap=left + timedelta(hours=12))


def _future(plan: CrlPlan, values: Values) -> CrlPlan:
    return replace(plan, age=-timedelta(hours=values["hours"]))


def _foreign_base(plan: CrlPlan, values: Values) -> CrlPlan:
    return replace(plan, delta_base=plan.number - 1, number=plan.number + 1)


def _number(name: str, what: str, default: int) -> Parameter:
    return Parameter(name=name, what=what, kind=int, default=default)


def _web(name: str, what: str, plant: Callable[..., None], *parameters: Parameter) -> FaultKind:
    return FaultKind(name=name, what=what, plant=plant, parameters=parameters, on="optional")


FAULTS = (
    _web(
        "crl-expired", "a CRL is past its next update", _signed(_expired), _CA, _CRL, _number("hours", "since when", 5)
    ),
    _web(
        "crl-stale",
        "a CRL is an older one, still in force",
        _signed(_stale),
        _CA,
        _CRL,
        _number("behind", "how many numbers", 4),
    ),
    _web(
        "crl-unrenewed",
        "the next CRL is overdue and this one ends soon",
        _signed(_unrenewed),
        _CA,
        _CRL,
        _number("hours", "left", 6),
    ),
    _web("crl-future", "a CRL is not yet valid", _signed(_future), _CA, _CRL, _number("hours", "until it is", 3)),
    _web(
        "delta-foreign-base",
        "a delta CRL belongs to a base that is not served",
        lambda farm, servers, values: _signed(_foreign_base)(farm, servers, {**values, "which": "delta"}),
        Parameter(name="ca", what="whose", default="issuing-1", choices=WITH_DELTA),
    ),
    _web(
        "http-status",
        "a URL is answered with an HTTP status",
        _behaving(lambda values: {"status": values["status"]}),
        _CA,
        _WHAT,
        _number("status", "the status", 404),
    ),
    _web(
        "page",
        "a URL is answered with a web page for people, and 200",
        _behaving(lambda _: {"fault": "html_page"}),
        _CA,
        _WHAT,
    ),
    _web(
        "answer",
        "a URL is answered in one of the ways of a broken server",
        _behaving(lambda values: {"fault": values["how"]}),
        _CA,
        _WHAT,
        Parameter(
            name="how",
            what="the way",
            choices=("gzip", "gzip_bomb", "endless", "reset", "truncated", "proxy_authentication", "pem"),
        ),
    ),
    _web("truncated", "an answer breaks off in the middle", _behaving(lambda _: {"fault": "truncated"}), _CA, _WHAT),
    _web(
        "slow",
        "an answer is slow to begin",
        _behaving(lambda values: {"first_byte_delay_s": values["seconds"]}),
        _CA,
        _WHAT,
        Parameter(name="seconds", what="how slow", kind=float, default=6.0),
    ),
    _web(
        "crl-wrong-issuer",
        "the CRL of another CA lies at the URL",
        _wrong_issuer,
        _CA,
        _CRL,
        Parameter(name="by", what="whose it is", default="issuing-2", choices=(*FILES, "stranger")),
    ),
    _web("crl-wrong-signature", "a CRL is not signed by its CA's key", _wrong_signature, _CA, _CRL),
    _web("crl-large", "a CRL is very large", _large, _CA, _CRL, _number("megabytes", "how large", 21)),
    _web(
        "crl-revokes",
        "a CRL lists a certificate",
        _revoked,
        Parameter(name="ca", what="whose", default="policy", choices=tuple(FILES)),
        _CRL,
        Parameter(name="certificate", what="which certificate", default="issuing-2"),
    ),
    _web("plus-refused", "names with a plus sign are refused, as by IIS without double escaping", _plus_refused),
)
