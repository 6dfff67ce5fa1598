"""What proves to a tenant that it is the collector who asks: read, checked, and shown by its fingerprint only."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from farmsight_collector.entra.registration import CREDENTIAL, SECRET, TOKENS, RegistrationError, folder_of

_MOST: Final = 64 << 10
_PEM: Final = serialization.Encoding.PEM


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What people may see of a credential."""

    fingerprint: str = ""  # SHA-1 of the certificate, as the portal lists it
    expires: datetime | None = None
    note: str = ""


def from_files(certificate: Path, key: Path | None) -> bytes:
    """Return certificate and key in one PEM; raises RegistrationError.

    The key must be RSA and unencrypted: the assertion is signed with PS256
    (Microsoft identity platform, certificate credentials).
    """
    leaf = _certificate(_read(certificate))
    holder = key or certificate
    try:
        private = serialization.load_pem_private_key(_read(holder), password=None)
    except TypeError:
        raise RegistrationError(f"{holder}: the key is encrypted; give one without a passphrase") from None
    except ValueError:
        raise RegistrationError(f"{holder}: no private key in PEM is in it; give it with --key") from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise RegistrationError(f"{holder}: the token service takes RSA keys only")
    if private.public_key() != leaf.public_key():
        raise RegistrationError(f"{holder}: the key is not that of the certificate")
    form = serialization.PrivateFormat.PKCS8
    return leaf.public_bytes(_PEM) + private.private_bytes(_PEM, form, serialization.NoEncryption())


def secret_from(path: Path) -> bytes:
    """Return the client secret in a file; raises RegistrationError."""
    text = _read(path).strip()
    if not text or b"\n" in text or not text.isascii():
        raise RegistrationError(f"{path}: one line with the client secret is expected")
    return text


def for_client(data: Path, name: str, kind: str) -> Any:  # noqa: ANN401 - as the token library has it
    """Return what the token library takes as the client's credential; raises RegistrationError."""
    folder = folder_of(data, name)
    if kind == "secret":
        return _read(folder / SECRET).decode("ascii", "replace").strip()
    pem = _read(folder / CREDENTIAL).decode("ascii", "replace")
    certificate, _, key = pem.partition("-----END CERTIFICATE-----\n")
    return {"private_key": key, "public_certificate": f"{certificate}-----END CERTIFICATE-----\n"}


def shown(data: Path, name: str, kind: str) -> Shown:
    """Return what `entra list` tells of a credential."""
    folder = folder_of(data, name)
    try:
        if kind == "certificate":
            leaf = _certificate(_read(folder / CREDENTIAL))
            return Shown(fingerprint=leaf.fingerprint(hashes.SHA1()).hex(), expires=leaf.not_valid_after_utc)  # noqa: S303 - a name
        if kind == "secret":
            _read(folder / SECRET)
            return Shown(note="the portal knows when it expires")
        signed_in = (folder / TOKENS).exists()
        return Shown(note="signed in" if signed_in else "not signed in")
    except RegistrationError as error:
        return Shown(note=str(error))


def _certificate(data: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(data)
    except ValueError:
        hint = "openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem makes it of a .pfx"
        raise RegistrationError(f"no certificate in PEM is in the file; {hint}") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise RegistrationError(f"{path}: {error.strerror or error}") from error
    if len(data) > _MOST:
        raise RegistrationError(f"{path}: too large")
    return data
