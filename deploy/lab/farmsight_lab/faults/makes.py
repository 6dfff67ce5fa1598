"""Faults of the certificates themselves: a CA, or a user, has one of another make."""

# ruff: noqa: ARG001 - every fault has the one form

import base64
from collections.abc import Sequence

from farmsight_lab.farm.state import Farm, Page, Server
from farmsight_lab.faults.fault import FaultKind, Parameter, Values, certificate
from farmsight_lab.faults.tenant import authorities
from farmsight_lab.names import PKI_URL
from farmsight_lab.pki.hierarchy import Pki, aia_path, crl_path

_USERS = ("alice-expired", "alice-for-servers", "alice-unnamed", "alice-elsewhere", "alice-of-new-key")
_CAS = ("issuing-1-expired", "issuing-1-narrow", "issuing-1-constrained")


def _user(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    farm.pki = Pki(issued={**farm.pki.issued, "user-alice": farm.pki[values["certificate"]]})


def _ca(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    """Put another certificate of the same CA, of the same key, wherever the CA's certificate was."""
    was, now = farm.pki["issuing-1"], farm.pki[values["certificate"]]
    farm.pki = Pki(issued={**farm.pki.issued, "issuing-1": now})
    for site in farm.sites.values():
        page = site.pages[aia_path("issuing-1")]
        site.pages[aia_path("issuing-1")] = Page(body=now.der, settings=page.settings)
    for row in authorities(farm):
        if row["certificate"] == base64.b64encode(was.der).decode():
            row["certificate"] = base64.b64encode(now.der).decode()


def _added(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    one = farm.pki[values["certificate"]]
    pattern = next(row for row in authorities(farm) if not row["isRootAuthority"])
    authorities(farm).append(
        {
            **pattern,
            "certificate": base64.b64encode(one.der).decode(),
            "issuer": one.certificate.issuer.rfc4514_string(),
            "certificateRevocationListUrl": PKI_URL + crl_path(values["certificate"]),
            "deltaCertificateRevocationListUrl": None,
        }
    )


FAULTS = (
    FaultKind(
        name="user-certificate",
        what="alice's certificate is of another make",
        plant=_user,
        on="farm",
        parameters=(Parameter(name="certificate", what="which", choices=_USERS),),
    ),
    FaultKind(
        name="ca-certificate",
        what="the certificate of the first issuing CA is of another make, everywhere",
        plant=_ca,
        on="farm",
        parameters=(Parameter(name="certificate", what="which", choices=_CAS),),
    ),
    FaultKind(
        name="tenant-ca-added",
        what="the tenant has one more CA",
        plant=_added,
        on="farm",
        parameters=(certificate("issuing-1-new-key", "issuing-1-new-key", "server-ca"),),
    ),
)
