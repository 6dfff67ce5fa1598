"""A certauth host that leads to another site is found."""

from farmsight_collector.rules.lb.certauth_elsewhere import RULE
from tests.fakes.adfs_farms import (
    CERTAUTH,
    OTHER_SSL,
    SSL,
    WAPS,
    cannot_tell,
    endpoint,
    endpoint_key,
    fires,
    healthy,
    silent,
)

OTHER = "203.0.113.50"


def leading(address, der, mode="alternate"):
    plan = healthy(mode)
    seen = endpoint(CERTAUTH, 443, address, asks=True, der=der)
    plan.put("OUT01", endpoint_key(seen), seen)
    return plan


def test_other_addresses_with_another_certificate_are_found():
    fires(RULE, leading(OTHER, OTHER_SSL), subject=CERTAUTH)


def test_other_addresses_with_the_farms_certificate_are_right():
    silent(RULE, leading(OTHER, SSL))


def test_the_services_own_addresses_are_right():
    silent(RULE, healthy("alternate"))


def test_in_classic_mode_nobody_goes_there():
    silent(RULE, leading(OTHER, OTHER_SSL, "classic"))


def test_when_nobody_could_look_there_is_no_telling():
    plan = healthy("alternate")
    plan.lose(("OUT01", *WAPS), "tls-endpoint")
    cannot_tell(RULE, plan)
