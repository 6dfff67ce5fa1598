"""A CRL is read once, and asked for one serial number."""

from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.pki import crls
from tests.fakes.pki import ISSUING, ROOT, crl_der

SERIAL = ISSUING.certificate.serial_number


def read(data: bytes) -> crls.Crl:
    found = crls.parse(data)
    assert isinstance(found, crls.Crl)
    return found


def test_listed_on_hold_and_taken_back() -> None:
    hold, back = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl

    assert crls.find(read(crl_der(ROOT)), SERIAL) is None
    assert crls.find(read(crl_der(ROOT, ISSUING)), SERIAL).on_hold is False
    assert crls.find(read(crl_der(ROOT, ISSUING, reason=hold)), SERIAL).on_hold is True
    assert crls.find(read(crl_der(ROOT, ISSUING, reason=back)), SERIAL) is None
    assert crls.takes_back(read(crl_der(ROOT, ISSUING, reason=back)), SERIAL)
    assert not crls.takes_back(read(crl_der(ROOT, ISSUING, reason=hold)), SERIAL)


@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    assert isinstance(crls.parse(data), crls.Crl | crls.Unparsed)


@given(st.integers(0, 500), st.integers(0, 255))
def test_a_bent_crl_gives_an_answer(at: int, value: int) -> None:
    bent = bytearray(DER)
    bent[at % len(bent)] = value
    found = crls.parse(bytes(bent))
    if isinstance(found, crls.Crl):
        crls.find(found, SERIAL)


DER = crl_der(ROOT, ISSUING)
