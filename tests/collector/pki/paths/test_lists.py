"""CRLs by RFC 5280 5 and 6.3, one oddity at a time, under the RFC's terms and under those of Windows."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from farmsight_collector.pki import crls
from farmsight_collector.pki.crls import Crl
from farmsight_collector.pki.paths.lists import judged_by_lists
from farmsight_collector.pki.paths.pool import Candidate, pool
from farmsight_collector.pki.paths.terms import CRYPTOAPI, RFC_5280
from tests.fakes.farms import NOW
from tests.fakes.paths import issue, name, user

NO_CRLS = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
ROOT = issue("Root")
ISSUING = issue("Issuing", ROOT)
TWIN = issue("Issuing", ROOT)  # another key of the name
SIGNER = issue("CRL signer", ROOT)
MUTE = issue("Mute", ROOT, critical=(NO_CRLS,))
ONE, OTHER = ([x509.UniformResourceIdentifier(f"http://pki.contoso.com/{n}.crl")] for n in (1, 2))
LEAF = user("alice", ISSUING)
POINTED = user("bob", ISSUING, x509.CRLDistributionPoints([x509.DistributionPoint(ONE, None, None, None)]))
BY_SIGNER = [x509.DirectoryName(name("CRL signer"))]
ELSEWHERE = user("carol", ISSUING, x509.CRLDistributionPoints([x509.DistributionPoint(ONE, None, None, BY_SIGNER)]))
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
FLAGS = x509.ReasonFlags
COMPROMISED = frozenset([FLAGS.key_compromise, FLAGS.ca_compromise])
OTHERS = frozenset(set(FLAGS) - COMPROMISED - {FLAGS.unspecified, FLAGS.remove_from_crl})
HOLD = (x509.CRLReason(FLAGS.certificate_hold), False)
TAKEN_BACK = (x509.CRLReason(FLAGS.remove_from_crl), False)
DAY = timedelta(days=1)


def crl(issuer=ISSUING, *revoked, exts=(), entry=(), number=1, begins=-DAY, ends=6 * DAY, since=-DAY / 4) -> Crl:
    """Return a CRL with these extensions, each critical, that lists certificates with these entry extensions."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(NOW + begins).next_update(NOW + ends)
    for one in revoked:
        made = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        made = made.revocation_date(NOW + since)
        for extension, critical in entry:
            made = made.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(made.build())
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), False)
    for extension in exts:
        builder = builder.add_extension(extension, True)
    read = crls.parse(builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    assert isinstance(read, Crl), read.reason
    return read


def scope(**fields) -> x509.IssuingDistributionPoint:
    flags = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs")
    usual = dict.fromkeys(("full_name", "relative_name", "only_some_reasons")) | dict.fromkeys(flags, False)
    return x509.IssuingDistributionPoint(**(usual | fields))


def delta(*revoked, base=5, **fields) -> Crl:
    exts = (x509.DeltaCRLIndicator(base), *fields.pop("exts", ()))
    return crl(fields.pop("issuer", ISSUING), *revoked, exts=exts, **fields)


def said(*lists, leaf=LEAF, held=(ISSUING,), terms=RFC_5280) -> str:
    trusted = Candidate(certificate=ROOT.read, found_in=("ROOT",), trusted=True)
    others = [Candidate(certificate=one.read, found_in=("CA",)) for one in held]
    return judged_by_lists(Candidate(certificate=leaf.read), pool([trusted, *others]), lists, NOW, terms).verdict.value


ROOTS = crl(ROOT)
BOTH_TERMS = pytest.mark.parametrize("terms", [RFC_5280, CRYPTOAPI], ids=["RFC", "Windows"])


@BOTH_TERMS
@pytest.mark.parametrize(
    ("list_", "told"),
    [
        (crl(), "passes"),
        (crl(number=None), "passes"),
        (crl(begins=0 * DAY), "passes"),
        (crl(ISSUING, POINTED), "passes"),
        (crl(ISSUING, LEAF, entry=[TAKEN_BACK]), "passes"),
        (crl(exts=[scope(only_contains_user_certs=True)]), "passes"),
        (crl(ISSUING, LEAF), "fails"),
        (crl(ISSUING, LEAF, since=2 * DAY), "fails"),
        (crl(ISSUING, LEAF, entry=[HOLD]), "fails"),
        (crl(ISSUING, LEAF, entry=[(x509.InvalidityDate(NOW.replace(year=2020)), False)]), "fails"),
        (crl(ISSUING, LEAF, entry=[(UNKNOWN, True)]), "fails"),
        (crl(ISSUING, POINTED, entry=[(UNKNOWN, True)]), "fails"),
        (crl(exts=[UNKNOWN]), "fails"),
        (crl(exts=[scope(only_contains_ca_certs=True)]), "fails"),
        (crl(exts=[scope(only_contains_attribute_certs=True)]), "fails"),
        (crl(exts=[scope(full_name=OTHER)]), "fails"),
        (crl(exts=[scope(only_some_reasons=COMPROMISED)]), "fails"),
        (crl(exts=[x509.DeltaCRLIndicator(1)]), "fails"),
        (crl(begins=-9 * DAY, ends=-DAY), "fails"),
        (crl(ends=0 * DAY), "fails"),
        (crl(begins=DAY), "fails"),
        (crl(TWIN), "fails"),
        (crl(SIGNER), "fails"),
        (ROOTS, "fails"),
    ],
)
def test_one_list_of_the_issuer_answers_or_it_does_not(list_, told: str, terms) -> None:
    assert said(ROOTS, list_, terms=terms) == told


@BOTH_TERMS
def test_a_ca_s_own_status_is_asked_of_its_parent(terms) -> None:
    assert said(crl(ROOT, ISSUING), crl(), terms=terms) == "fails"
    assert said(crl(), terms=terms) == "fails"
    assert said(crl(ROOT, exts=[scope(only_contains_ca_certs=True)]), crl(), terms=terms) == "passes"
    assert said(crl(ROOT, exts=[scope(only_contains_user_certs=True)]), crl(), terms=terms) == "fails"


@BOTH_TERMS
def test_a_partitioned_list_answers_for_its_own_distribution_point(terms) -> None:
    assert said(ROOTS, crl(exts=[scope(full_name=ONE)]), leaf=POINTED, terms=terms) == "passes"
    assert said(ROOTS, crl(ISSUING, POINTED, exts=[scope(full_name=OTHER)]), leaf=POINTED, terms=terms) == "fails"
    assert said(ROOTS, crl(exts=[scope(full_name=OTHER)]), leaf=POINTED, terms=terms) == "fails"


@BOTH_TERMS
def test_a_ca_that_may_not_sign_lists_signs_none(terms) -> None:
    assert said(ROOTS, crl(MUTE), leaf=user("dave", MUTE), held=(MUTE,), terms=terms) == "fails"


@BOTH_TERMS
def test_of_two_full_lists_either_revokes(terms) -> None:
    assert said(ROOTS, crl(number=5), crl(ISSUING, LEAF, number=6), terms=terms) == "fails"


@pytest.mark.parametrize(("terms", "told"), [(RFC_5280, "passes"), (CRYPTOAPI, "fails")], ids=["RFC", "Windows"])
def test_what_windows_passes_by_answers_under_the_rfc_alone(terms, told: str) -> None:
    halves = [crl(exts=[scope(only_some_reasons=some)]) for some in (COMPROMISED, OTHERS)]
    indirect = crl(SIGNER, exts=[scope(full_name=ONE, indirect_crl=True)])

    assert said(ROOTS, *halves, terms=terms) == told
    assert said(ROOTS, crl(TWIN), held=(ISSUING, TWIN), terms=terms) == told
    assert said(ROOTS, indirect, leaf=ELSEWHERE, held=(ISSUING, SIGNER), terms=terms) == told


def test_an_indirect_list_names_whose_certificate_an_entry_is() -> None:
    whose = [(x509.CertificateIssuer([x509.DirectoryName(name("Issuing"))]), True)]
    wide = scope(full_name=ONE, indirect_crl=True)
    its, another_s = crl(SIGNER, ELSEWHERE, exts=[wide], entry=whose), crl(SIGNER, ELSEWHERE, exts=[wide])
    flagless = crl(SIGNER, exts=[scope(full_name=ONE)])

    told = [said(ROOTS, one, leaf=ELSEWHERE, held=(ISSUING, SIGNER)) for one in (its, another_s, flagless)]
    assert told == ["fails", "passes", "fails"]


@BOTH_TERMS
@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ((crl(number=5), delta(LEAF, number=6)), "fails"),
        ((crl(ISSUING, LEAF, number=5, entry=[HOLD]), delta(LEAF, number=6, entry=[TAKEN_BACK])), "passes"),
        ((crl(number=4), delta(LEAF, number=6)), "passes"),
        ((crl(number=5), delta(LEAF, number=6, begins=-9 * DAY, ends=-DAY)), "passes"),
        ((crl(number=5), delta(LEAF, number=6, issuer=TWIN)), "passes"),
        ((crl(number=5), delta(LEAF, number=6, exts=[scope(only_contains_user_certs=True)])), "passes"),
        ((crl(number=5), delta(LEAF, number=6, exts=[UNKNOWN])), "passes"),
    ],
    ids=["revokes", "takes back", "of a later base", "expired", "by another key", "another scope", "unknown critical"],
)
def test_a_delta_counts_when_it_belongs_to_the_list(lists, told: str, terms) -> None:
    assert said(ROOTS, *lists, terms=terms) == told


@BOTH_TERMS
def test_a_delta_that_is_older_than_the_list_changes_nothing(terms) -> None:
    """RFC 5280 5.2.4: the delta follows the complete list in the numbering sequence."""
    held, older = crl(ISSUING, LEAF, number=9), delta(LEAF, number=6, entry=[TAKEN_BACK])

    assert said(ROOTS, held, older, terms=terms) == "fails"


@BOTH_TERMS
@pytest.mark.parametrize(("newest", "told"), [(TAKEN_BACK, "passes"), (HOLD, "fails")], ids=["free", "held"])
def test_of_several_deltas_the_newest_has_the_last_word_in_whatever_order_they_come(newest, told, terms) -> None:
    held = crl(ISSUING, LEAF, number=5, entry=[HOLD])
    before = HOLD if newest is TAKEN_BACK else TAKEN_BACK
    older, newer = delta(LEAF, number=6, entry=[before]), delta(LEAF, number=7, entry=[newest])

    assert said(ROOTS, held, older, newer, terms=terms) == told
    assert said(ROOTS, held, newer, older, terms=terms) == told
