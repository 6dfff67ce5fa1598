"""Making and checking what an identity consists of: the one place that needs a library for it.

Imported only when an identity is made, renewed or examined: a running agent
does without it for days, and without its memory.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from farmsight_agent.identity import IdentityError

_LARGEST_CERTIFICATE: Final = 64 * 1024


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key in a file; raises FileNotFoundError or IdentityError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise IdentityError(f"{path} can't be read ({error}); run as the account that enrolled") from error
    except (ValueError, TypeError) as error:
        raise IdentityError(f"{path} holds no key ({error}); remove {path.parent} and enroll") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityError(f"{path} holds a key of another kind; remove {path.parent} and enroll again")
    return key


def new_key() -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """Return a new key on P-256, and its PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key, pem


def csr_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a certificate signing request as DER; its subject means nothing."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "farmsight agent")])
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def signature_of(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return the ECDSA-SHA256 signature of the data."""
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def certificates_in(pem: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM text; raises ValueError."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except x509.InvalidVersion as error:
        raise ValueError(str(error)) from error


def checked_chain(
    chain_der: Sequence[bytes], key: ec.EllipticCurvePrivateKey, pinned_sha256: bytes
) -> tuple[bytes, bytes]:
    """Return the CA and the rest of a chain as PEM; raises IdentityError when it is not ours.

    The leaf must be for our key, the last certificate the pinned CA, and each
    signed by the next.
    """
    chain = _parse_chain(chain_der)
    leaf, root = chain[0], chain[-1]
    if leaf.public_key() != key.public_key():
        raise IdentityError("the collector sent a certificate for another key; nothing was changed")
    if root.fingerprint(hashes.SHA256()) != pinned_sha256:
        raise IdentityError("the collector sent a certificate of another CA; nothing was changed")
    for child, parent in pairwise(chain):
        try:
            child.verify_directly_issued_by(parent)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise IdentityError(f"the collector sent a chain that does not verify ({error})") from error
    return _pem([root]), _pem(chain[:-1])


def _parse_chain(chain_der: Sequence[bytes]) -> list[x509.Certificate]:
    if not 2 <= len(chain_der) <= 5 or any(len(der) > _LARGEST_CERTIFICATE for der in chain_der):
        raise IdentityError("the collector sent no usable certificate chain; nothing was changed")
    try:
        return [x509.load_der_x509_certificate(der) for der in chain_der]
    except (ValueError, x509.InvalidVersion) as error:
        raise IdentityError(f"the collector sent a certificate that does not parse ({error})") from error


def _pem(certificates: Sequence[x509.Certificate]) -> bytes:
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)
