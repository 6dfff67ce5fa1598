"""The collector's own certificate authority: P-256, for its agents and for itself, nothing else."""

import hashlib
import ipaddress
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from farmsight_collector.identity.names import COLLECTOR, agent_uri, is_address
from farmsight_wire.v1 import bootstrap as made_by_anyone

CA_KEY: Final = "ca.key"
CA_CERTIFICATE: Final = "ca.crt"
_CA_YEARS: Final = 20
# Servers' clocks differ. What a collector gave just now must already be valid for them.
_BACKDATED: Final = timedelta(days=1)


class AuthorityError(Exception):
    """The CA's files are missing or don't fit; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate that was just signed, and the CA's behind it."""

    chain_der: tuple[bytes, ...]  # leaf first
    serial: str  # hex
    not_before: datetime
    not_after: datetime

    @property
    def renew_after(self) -> datetime:
        """Return the middle of its life."""
        return self.not_before + (self.not_after - self.not_before) / 2


@dataclass(frozen=True, kw_only=True)
class Authority:
    """The CA with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        """Return the CA certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """Return the CA certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> bytes:
        """Return the SHA-256 of the CA certificate, which join tokens carry."""
        return hashlib.sha256(self.der).digest()

    def client_roots(self, *, bootstrap: bool) -> bytes:
        """Return whose certificates TLS takes from clients, as PEM: this CA's, and those without meaning."""
        if not bootstrap:
            return self.pem
        return self.pem + made_by_anyone.authority(self.fingerprint).public_bytes(serialization.Encoding.PEM)

    def sign_agent(self, key: ec.EllipticCurvePublicKey, agent_id: str, at: datetime, days: int) -> Issued:
        """Return a client certificate for an agent. Its life counts from `at`."""
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(agent_uri(agent_id))])
        return self._sign(key, agent_id, names, ExtendedKeyUsageOID.CLIENT_AUTH, at, days)

    def sign_server(self, key: ec.EllipticCurvePublicKey, names: tuple[str, ...], at: datetime, days: int) -> Issued:
        """Return the collector's TLS certificate for its fixed name and these names and addresses."""
        wanted = dict.fromkeys((COLLECTOR, *names))
        held: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name) for name in wanted
        ]
        return self._sign(key, COLLECTOR, x509.SubjectAlternativeName(held), ExtendedKeyUsageOID.SERVER_AUTH, at, days)

    def signed(self, leaf: x509.Certificate) -> bool:
        """Tell whether this CA signed the certificate (its dates are another question)."""
        try:
            leaf.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _sign(
        self,
        key: ec.EllipticCurvePublicKey,
        common_name: str,
        names: x509.SubjectAlternativeName,
        usage: x509.ObjectIdentifier,
        at: datetime,
        days: int,
    ) -> Issued:
        begins, ends = at - _BACKDATED, at + timedelta(days=days)
        serial = x509.random_serial_number()
        issuer = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        leaf = (
            x509.CertificateBuilder()
            .subject_name(_name(common_name))
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(serial)
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(names, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        # Half of what is left counts, not half with the backdating.
        return Issued(
            chain_der=(leaf.public_bytes(serialization.Encoding.DER), self.der),
            serial=f"{serial:x}",
            not_before=at,
            not_after=leaf.not_valid_after_utc,
        )


def create(folder: Path, at: datetime) -> Authority:
    """Make a new CA in a folder; raises AuthorityError when there is one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"farmsight collector CA {os.urandom(4).hex()}")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + timedelta(days=365 * _CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    try:
        write_secret(folder / CA_KEY, key_pem(key), replacing=False)
    except FileExistsError:
        raise AuthorityError(f"{folder / CA_KEY} exists: this folder already holds a collector") from None
    (folder / CA_CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(certificate=certificate, key=key)


def load(folder: Path) -> Authority:
    """Read the CA of a data folder; raises AuthorityError."""
    try:
        key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / CA_CERTIFICATE).read_bytes())
    except FileNotFoundError as error:
        raise AuthorityError(
            f"{error.filename} is missing; put ca.key and ca.crt back from a backup: agents trust no other CA"
        ) from error
    except (OSError, ValueError, TypeError, x509.InvalidVersion) as error:
        raise AuthorityError(f"the CA in {folder} can't be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise AuthorityError(f"{folder / CA_KEY} is not the key of {folder / CA_CERTIFICATE}")
    return Authority(certificate=certificate, key=key)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_secret(path: Path, data: bytes, *, replacing: bool = True) -> None:
    """Write a file that nobody else may read, whole or not at all.

    Raises FileExistsError when it is there and is not to be replaced.
    """
    if not replacing and path.exists():
        raise FileExistsError(str(path))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
