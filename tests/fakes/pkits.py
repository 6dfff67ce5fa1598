"""The NIST PKITS suite: its tests as data, over the files that the package cryptography-vectors holds."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import cryptography_vectors

from farmsight_collector.pki import certificates, crls
from farmsight_collector.pki.paths.pool import Candidate
from farmsight_collector.pki.paths.terms import ANY_POLICY, Terms

DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
VECTORS = Path(__file__).parents[1] / "vectors" / "pkits" / "tests.json"
_SAID = json.loads(VECTORS.read_text(encoding="utf-8"))
AT = datetime.fromisoformat(_SAID["at"])
ANCHOR: str = _SAID["anchor"]
EXCLUDED: dict[str, str] = _SAID["excluded"]


@dataclass(frozen=True)
class Test:
    """One run of one test of the suite."""

    __test__ = False

    test: str
    name: str
    leaf: str
    certificates: tuple[str, ...]
    crls: tuple[str, ...]
    expected: str
    inputs: dict = field(default_factory=dict, hash=False)

    @property
    def section(self) -> str:
        return ".".join(self.test.split(".")[:3])

    @property
    def terms(self) -> Terms:
        wanted = frozenset(f"2.16.840.1.101.3.2.1.48.{n}" for n in self.inputs.get("policies", ()))
        return Terms(
            policies=wanted or frozenset({ANY_POLICY}),
            explicit_policy=self.inputs.get("explicit", False),
            inhibit_mapping=self.inputs.get("inhibit_mapping", False),
            inhibit_any_policy=self.inputs.get("inhibit_any", False),
        )


TESTS = tuple(Test(**{k: tuple(v) if isinstance(v, list) else v for k, v in one.items()}) for one in _SAID["tests"])
RUN = tuple(one for one in TESTS if one.section not in EXCLUDED)


@cache
def certificate(name: str) -> certificates.Certificate:
    read = certificates.parse((DATA / "certs" / f"{name}.crt").read_bytes())
    assert isinstance(read, certificates.Certificate), f"{name}: {read.reason}"
    return read


@cache
def crl(name: str) -> crls.Crl:
    read = crls.parse((DATA / "crls" / f"{name}.crl").read_bytes())
    assert isinstance(read, crls.Crl), f"{name}: {read.reason}"
    return read


def candidate(name: str) -> Candidate:
    return Candidate(certificate=certificate(name), found_in=("suite",), trusted=name == ANCHOR)


@cache
def all_certificates() -> tuple[str, ...]:
    """Return the name of every CA certificate of the suite that can be read."""
    found = []
    for path in sorted((DATA / "certs").glob("*.crt")):
        read = certificates.parse(path.read_bytes())
        if isinstance(read, certificates.Certificate) and read.is_ca is not False and not path.stem.endswith("EE"):
            found.append(path.stem)
    return tuple(found)


@cache
def all_crls() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (DATA / "crls").glob("*.crl")))
