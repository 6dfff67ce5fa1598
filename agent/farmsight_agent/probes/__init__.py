"""Every probe there is. Nothing outside this list can run."""

from typing import Final

from farmsight_agent.probe import Probe
from farmsight_agent.probes import (
    adfs,
    agent,
    certificate_stores,
    chain_verdicts,
    clock,
    entra,
    events,
    given_certificates,
    host,
    http_sys,
    listeners,
    port_exclusions,
    proxy_settings,
    retrievals,
    schannel,
    services,
    tls_endpoints,
    url_cache,
    wap,
)


def listed(*probes: Probe) -> tuple[Probe, ...]:
    """Return the probes; raises ValueError when two share an id."""
    ids = [probe.id for probe in probes]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"probes listed twice: {', '.join(twice)}")
    return probes


PROBES: Final = listed(
    host.PROBE,
    clock.PROBE,
    certificate_stores.PROBE,
    http_sys.PROBE,
    listeners.PROBE,
    port_exclusions.PROBE,
    services.PROBE,
    proxy_settings.PROBE,
    schannel.PROBE,
    retrievals.PROBE,
    chain_verdicts.PROBE,
    given_certificates.PROBE,
    url_cache.PROBE,
    tls_endpoints.PROBE,
    adfs.PROBE,
    wap.PROBE,
    entra.PROBE,
    events.PROBE,
    agent.PROBE,
)
