"""Two faults in one folder are two causes, each where it is."""

from datetime import timedelta
from itertools import combinations

import pytest

from farmsight_collector.pki import verdicts as bits
from tests.fakes.farms import FARM
from tests.fakes.field import (
    CA_CRL,
    CONTEXTS,
    DELTA,
    ISSUING,
    ROLES,
    ROOT,
    ROOT_CRL,
    USER,
    Folder,
    causes,
    each,
    stored,
    tried,
    verdicts,
)

OFFLINE = 0x1000040


def root_missing(folder: Folder) -> None:
    folder.unlist("WAP01", "ROOT", ROOT)
    for context in CONTEXTS["wap"]:
        folder.put("WAP01", *verdicts(context, errors={ROOT: bits.UNTRUSTED_ROOT}))


def intermediate_missing(folder: Folder) -> None:
    folder.unlist("STS02", "CA", ISSUING)


def non_root(folder: Folder) -> None:
    folder.put("STS01", stored("ROOT", ISSUING))


def dead_for_one_account(folder: Folder) -> None:
    folder.put("STS01", tried(CA_CRL, USER, context="adfs-service", outcome="TIMED_OUT", error="0x80072ee2"))
    folder.put("STS01", *verdicts("adfs-service", errors={USER: OFFLINE}, revocation_error="0x80092013"))


def root_crl_over(folder: Folder) -> None:
    for name, context in each(folder):
        folder.put(
            name, tried(ROOT_CRL, ISSUING, context=context, issuer=ROOT, word="Expired", ends=timedelta(days=-9))
        )


def plus_refused(folder: Folder) -> None:
    for name, context in each(folder):
        folder.put(name, tried(DELTA, USER, context=context, purpose="delta", outcome="FAILED", error="0x80190194"))


def reservation_gone(folder: Folder) -> None:
    folder.drop("WAP02", "url-reservation", "https://+:49443/adfs/")


def other_mode(folder: Folder) -> None:
    folder.drop("WAP01", "tls-binding", f"{FARM}:49443").bind("WAP01", f"certauth.{FARM}", 443)


ALL = tuple(sorted(ROLES))
EVERY_ACCOUNT = ("adfs-service", "network-service", "system")
FAULTS = {
    root_missing: ("store.root-ca-missing", ("WAP01",), ()),
    intermediate_missing: ("store.issuing-ca-missing", ("STS02",), ()),
    non_root: ("store.non-root-in-root", ("STS01",), ()),
    dead_for_one_account: ("crl.unreachable", ("STS01",), ("adfs-service",)),
    root_crl_over: ("crl.expired", ALL, EVERY_ACCOUNT),
    plus_refused: ("crl.double-escaping", ALL, EVERY_ACCOUNT),
    reservation_gone: ("http.reservation-missing", ("WAP02",), ()),
    other_mode: ("http.mode-differs", ("WAP01",), ()),
}


@pytest.mark.parametrize(("one", "other"), list(combinations(FAULTS, 2)), ids=lambda fault: fault.__name__)
def test_two_faults_are_two_causes(one, other) -> None:
    folder = Folder()
    one(folder)
    other(folder)

    assert sorted(causes(folder)) == sorted([FAULTS[one], FAULTS[other]])
