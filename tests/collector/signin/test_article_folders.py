"""Folders by the article show names and words: a healthy one fails nothing, and proves little."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.signin.walk import traced
from tests.collector.signin.scenes import ADA
from tests.fakes import adfs_farms
from tests.fakes.field import ISSUING, ROLES, Folder


def _dn(name):
    parts = [(NameOID.DOMAIN_COMPONENT, "com"), (NameOID.DOMAIN_COMPONENT, "contoso"), (NameOID.COMMON_NAME, name)]
    return x509.Name([x509.NameAttribute(*part) for part in parts])


@pytest.fixture(scope="module")
def leaf():
    """Return a user's certificate of the CA that the folder's listings name."""
    old, key = ADA.parsed, adfs_farms._key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_dn("Ada Lovelace"))
        .issuer_name(_dn("Contoso Issuing CA 1"))
        .public_key(key.public_key())
        .serial_number(0x5A)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
    )
    for extension in old.extensions:
        if not isinstance(extension.value, x509.AuthorityKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    made = certificates.parse(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    assert made.issuer == ISSUING.subject
    return made


@pytest.mark.parametrize("mode", ["classic", "alternate"])
@pytest.mark.parametrize("verified", [True, False], ids=["verified", "not verified"])
def test_a_healthy_folder_fails_nothing_and_is_not_proven(leaf, mode, verified) -> None:
    view = Folder(mode=mode, verified=verified).farm()

    trace = traced(view, evaluate(view, RULES), leaf)

    assert trace.verdict is Verdict.UNKNOWN
    hops = [one for path in trace.paths for one in path.hops]
    assert not [one for one in hops if one.verdict is Verdict.FAILS]
    assert not [one for one in hops if one.why.startswith("the hop failed")]


@pytest.mark.parametrize("name", ["STS01", "WAP01"])
def test_the_folder_of_one_server_is_one_way(leaf, name) -> None:
    view = Folder(roles={name: ROLES[name]}, name="unnamed farm").farm()

    trace = traced(view, evaluate(view, RULES), leaf)

    assert [path.via for path in trace.paths] == [(name,)]
    assert trace.verdict is Verdict.UNKNOWN
