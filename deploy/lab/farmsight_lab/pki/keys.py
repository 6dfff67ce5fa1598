"""Where the lab's keys and serial numbers come from: chance, or a seed that gives the same ones each time.

A sample that is committed must be made again bit for bit, or a new field in
one file would change every thumbprint in all of them.
"""

import hashlib
import random
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_EXPONENT: Final = 65537
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_WITNESSES: Final = (2, 3, 5, 7, 11, 13, 17, 19)
_SERIAL_BYTES: Final = 19  # as AD CS makes them


class Keys:
    """Makes keys and serial numbers; with a seed they follow from it and from the certificate's lab name."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed

    def key(self, name: str, *, rsa_key: bool) -> Key:
        """Return a key: RSA 2048 where it is asked for, else P-256, which costs nothing."""
        if self._seed is None:
            if rsa_key:
                return rsa.generate_private_key(public_exponent=_EXPONENT, key_size=2048)
            return ec.generate_private_key(ec.SECP256R1())
        if rsa_key:
            return _rsa(self._random(f"key {name}"))
        number = int.from_bytes(self._random(f"key {name}").randbytes(32)) % (_P256_ORDER - 1) + 1
        return ec.derive_private_key(number, ec.SECP256R1())

    def serial(self, name: str) -> int:
        """Return a serial number of a certificate."""
        if self._seed is None:
            return x509.random_serial_number()
        return int.from_bytes(b"\x46" + self._random(f"serial {name}").randbytes(_SERIAL_BYTES - 1))

    def _random(self, what: str) -> random.Random:
        # Hashed here: how `Random` turns a text into a state is its own affair.
        return random.Random(int.from_bytes(hashlib.sha256(f"{self._seed} {what}".encode()).digest()))


def _rsa(source: random.Random) -> rsa.RSAPrivateKey:
    p, q = sorted((_prime(source), _prime(source)), reverse=True)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


def _prime(source: random.Random) -> int:
    """Return a probable prime of 1024 bits with both highest bits set, so that two of them make 2048."""
    while True:
        found = source.getrandbits(1024) | 3 << 1022 | 1
        if all(found % small for small in _SMALL) and found % _EXPONENT != 1 and _probably_prime(found):
            return found


def _probably_prime(number: int) -> bool:
    """Miller-Rabin; the composites that pass eight witnesses are of no concern to a lab."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for witness in _WITNESSES:
        power = pow(witness, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def _small_primes(below: int) -> tuple[int, ...]:
    sieve = bytearray([1]) * below
    for number in range(2, int(below**0.5) + 1):
        sieve[number * number :: number] = bytes(len(sieve[number * number :: number]))
    return tuple(number for number in range(3, below) if sieve[number])


_SMALL: Final = _small_primes(2000)
