"""The older cmdlets' text, however narrow the window was that it was captured in, tells all that rules read."""

import base64
from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_lab.captured import tenant
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.graph_service import federation
from tests.fakes.pki import Made, make

ROOT = make("Contoso Root CA")
ISSUING = make("Contoso Issuing CA 1 with a rather long name here", ROOT)
URL = "http://pki.contoso.com/a/rather/long/path/that/does/not/fit/a/narrow/window"


def _authority(made: Made, name: str, *, delta: bool) -> dict[str, object]:
    return {
        "certificate": base64.b64encode(made.der).decode(),
        "isRootAuthority": not delta,
        "certificateRevocationListUrl": f"{URL}/{name}.crl",
        "deltaCertificateRevocationListUrl": f"{URL}/{name}+.crl" if delta else None,
    }


ANSWERS = {
    "certificateBasedAuthConfiguration": {
        "value": [
            {"certificateAuthorities": [_authority(ROOT, "root", delta=False), _authority(ISSUING, "ca", delta=True)]}
        ]
    },
    "federationConfiguration": {
        "contoso.com": {
            "value": [
                federation(
                    signingCertificate=base64.b64encode(ROOT.der).decode(),
                    nextSigningCertificate=base64.b64encode(ISSUING.der).decode(),
                )
            ]
        }
    },
}


@pytest.mark.parametrize("width", [48, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_no_field_is_lost_where_lines_are_wrapped(tmp_path: Path, width: int, encoding: str) -> None:
    texts = {
        "entra_trustedca.txt": tenant.trusted_cas(ANSWERS, width),
        "entra_federation_contoso.com.txt": tenant.federation(ANSWERS, "contoso.com", width),
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(str(text).encode(encoding))
    host = EvidenceHost(tmp_path, "STS01")

    held = [one for one in host.entra("authorities").values if isinstance(one, pb.EntraAuthority)]
    assert [(one.root, one.crl_url, one.delta_crl_url, one.certificate.subject) for one in held] == [
        (pb.TRISTATE_YES, f"{URL}/root.crl", "", "CN=Contoso Root CA"),
        (pb.TRISTATE_NO, f"{URL}/ca.crl", f"{URL}/ca+.crl", ISSUING.subject),
    ]
    assert all(len(one.certificate.subject_key_identifier) == 40 for one in held)
    [domain] = host.entra("domains").values
    told = federation()
    assert isinstance(domain, pb.EntraDomain)
    assert (domain.name, domain.prompt_login) == ("contoso.com", pb.PROMPT_LOGIN_NATIVE)
    assert (domain.issuer_uri, domain.passive_sign_in_uri) == (told["issuerUri"], told["passiveSignInUri"])
    assert (domain.active_sign_in_uri, domain.metadata_exchange_uri) == (
        told["activeSignInUri"],
        told["metadataExchangeUri"],
    )
    assert (domain.signing_certificate.sha1, domain.next_signing_certificate.sha1) == (ROOT.sha1, ISSUING.sha1)
