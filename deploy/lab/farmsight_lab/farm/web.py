"""What the PKI's web servers have to serve: CRLs, deltas, CA certificates and OCSP."""

from datetime import datetime, timedelta

from farmsight_lab.farm.state import Page, Site
from farmsight_lab.names import PKI_URL
from farmsight_lab.pki.crls import CrlPlan, sign_crl
from farmsight_lab.pki.hierarchy import FILES, OCSP_PATHS, WITH_DELTA, Pki, age_days, aia_path, crl_path, delta_path

BASE_NUMBER = 0x2A
DELTA_NUMBER = 0x2C
_WEEK, _SEASON = 7, 90  # days between two base CRLs, and between two of a CA that is switched off otherwise


def base_plan(ca: str, days: int = 0) -> CrlPlan:
    """Return what the base CRL of a CA says when all is well, so many whole days after the hierarchy was made."""
    if ca not in WITH_DELTA:
        # The CAs that are switched off between two publications publish for a long time.
        count, day = divmod(days, _SEASON)
        since = timedelta(days=day)
        return CrlPlan(
            number=7 + count,
            age=timedelta(days=20) + since,
            lasts=timedelta(days=160) - since,
            overlap=timedelta(days=30),
        )
    count, day = divmod(days, _WEEK)
    since = timedelta(days=day)
    return CrlPlan(
        number=BASE_NUMBER + _WEEK * count,
        age=timedelta(days=1) + since,
        lasts=timedelta(days=12) - since,
        freshest=(PKI_URL + delta_path(ca),),
    )


def delta_plan(ca: str, days: int = 0) -> CrlPlan:
    """Return what the delta CRL of an issuing CA says when all is well, so many whole days later."""
    assert ca in WITH_DELTA
    return CrlPlan(
        number=DELTA_NUMBER + days,
        delta_base=base_plan(ca, days).number,
        age=timedelta(hours=6),
        lasts=timedelta(days=3),
        overlap=timedelta(days=1),
    )


def healthy_site(pki: Pki, now: datetime) -> Site:
    """Return a web server with everything in its place."""
    pages: dict[str, Page] = {}
    days = age_days(pki, now)
    for ca in FILES:
        pages[aia_path(ca)] = Page(body=pki[ca].der, settings={"content_type": "application/pkix-cert"})
        pages[crl_path(ca)] = Page(body=sign_crl(pki[ca], base_plan(ca, days), now))
        if ca in WITH_DELTA:
            pages[delta_path(ca)] = Page(body=sign_crl(pki[ca], delta_plan(ca, days), now))
    for ca, path in OCSP_PATHS.items():
        responder = {"issuer": f"{ca}.pem", "signer": f"ocsp-{ca}.pem", "key": f"ocsp-{ca}.key"}
        pages[path] = Page(settings={"ocsp": responder})
    return Site(pages=pages)
