"""What the lab writes is what the agent's evidence host reads."""

from datetime import UTC, datetime

import pytest

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.outcome import NotObservedError, UnavailableError
from farmsight_lab.farm.evidence import write_evidence
from farmsight_lab.farm.healthy import healthy
from farmsight_lab.farm.windows import ADFSSRV_SID
from farmsight_lab.names import FEDERATION_SERVICE
from farmsight_lab.pki.hierarchy import make

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def farm():
    return healthy(make(NOW), NOW)


def written(farm, name, folder):
    write_evidence(farm, farm.servers[name], folder)
    return EvidenceHost(folder, name)


def test_the_stores_come_back_with_empty_ones_known_to_be_empty(farm, tmp_path):
    host = written(farm, "WAP01", tmp_path)

    assert {"ROOT", "CA", "MY", "DISALLOWED"} <= set(host.store_names().values)
    assert len(host.store_certificates("CA").values) == 4
    assert host.store_certificates("DISALLOWED").values == ()


def test_reservations_and_bindings_come_back_from_the_text_of_netsh(farm, tmp_path):
    host = written(farm, "STS01", tmp_path)

    reservations = {row.url: row for row in host.url_reservations().values}
    assert reservations["https://+:49443/adfs/"].trustees[0].sid == ADFSSRV_SID
    bindings = {(row.host, row.port): row for row in host.tls_bindings().values}
    asking = bindings[FEDERATION_SERVICE, 49443]
    assert asking.negotiate_client_certificate
    assert asking.certificate_sha1 == farm.pki["farm-tls"].thumbprint
    assert asking.ctl_store in ("", "(null)")  # the source's own spelling
    assert bindings[FEDERATION_SERVICE, 443].ctl_store == "AdfsTrustedDevices"


def test_a_secondary_says_that_it_is_not_the_primary(farm, tmp_path):
    host = written(farm, "STS02", tmp_path)

    with pytest.raises(NotObservedError):
        host.adfs("properties")
    assert host.adfs("sync").values


def test_the_tenant_is_seen_from_one_place(farm, tmp_path):
    assert len(written(farm, "STS01", tmp_path / "a").entra("authorities").values) == 4
    assert not (tmp_path / "b" / "entra.json").exists()


def test_a_file_that_nobody_collected_is_not_written(farm, tmp_path):
    write_evidence(farm, farm.servers["WAP02"], tmp_path)
    farm.servers["WAP02"].missing.add("WAP02_49443.txt")
    host = written(farm, "WAP02", tmp_path)

    assert not (tmp_path / "WAP02_49443.txt").exists()
    with pytest.raises(UnavailableError):
        host.url_reservations()
