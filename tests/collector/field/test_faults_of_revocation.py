"""One fault in what revocation stands on, as certutil's output tells it: the cause is named where it is."""

from datetime import timedelta

import pytest

from tests.fakes.field import (
    AIA,
    CA_CRL,
    DELTA,
    ISSUING,
    LDAP,
    NODES,
    ROLES,
    ROOT_CRL,
    USER,
    WAPS,
    Folder,
    Listed,
    causes,
    each,
    fetches,
    heavy,
    judged,
    tried,
    untold,
    verdicts,
)

ALL = tuple(sorted(ROLES))
OFFLINE = 0x1000040
EVERY_ACCOUNT = ("adfs-service", "network-service", "system")
OF_HOST = ((CA_CRL, USER, "crl"), (DELTA, USER, "delta"), (ROOT_CRL, ISSUING, "crl"), (AIA, ISSUING, "aia"))


def broken(
    url: str, of: Listed, *names: str, contexts: tuple[str, ...] = (), purpose: str = "crl", **told: object
) -> Folder:
    """Return a folder in which one fetch goes wrong, and the verdicts that come of it."""
    folder = Folder()
    for name, context in each(folder, *names, contexts=contexts):
        folder.put(name, tried(url, of, context=context, purpose=purpose, **told))  # type: ignore[arg-type]
        folder.put(name, *verdicts(context, errors={of: OFFLINE}, revocation_error="0x80092013"))
    return folder


def dead_host(*names: str, contexts: tuple[str, ...] = (), **told: object) -> Folder:
    """Return a folder in which nothing of the host comes."""
    folder = Folder()
    for name, context in each(folder, *names, contexts=contexts):
        for url, of, purpose in OF_HOST:
            folder.put(name, tried(url, of, context=context, purpose=purpose, **told))  # type: ignore[arg-type]
        folder.put(name, *verdicts(context, errors={USER: OFFLINE}, revocation_error="0x80092013"))
    return folder


@pytest.mark.parametrize(
    ("name", "context"), [("STS02", "system"), ("STS01", "adfs-service"), ("WAP02", "network-service")]
)
def test_one_account_of_one_server_does_not_get_the_crl(name: str, context: str) -> None:
    folder = broken(CA_CRL, USER, name, contexts=(context,), outcome="TIMED_OUT", error="0x80072ee2")

    assert causes(folder) == [("crl.unreachable", (name,), (context,))]
    assert "chain.revocation-offline" in {one.rule.code for one in judged(folder).findings if one.caused_by}


def test_a_host_that_takes_no_connection_from_one_server() -> None:
    folder = dead_host("WAP01", outcome="UNREACHABLE", error="0x80072efd")

    assert causes(folder) == [("network.host-unreachable", ("WAP01",), ("network-service", "system"))]


def test_a_name_that_one_server_does_not_resolve() -> None:
    folder = dead_host("WAP02", outcome="FAILED", error="0x80072ee7")

    assert causes(folder) == [("network.name-not-resolved", ("WAP02",), ("network-service", "system"))]


def test_a_proxy_that_asks_the_service_account_for_a_password() -> None:
    folder = dead_host("STS01", contexts=("adfs-service",), outcome="FAILED", error="0x80190197")

    assert causes(folder) == [("network.proxy-authentication", ("STS01",), ("adfs-service",))]


@pytest.mark.parametrize("ends", [timedelta(days=-3), None], ids=["dates shown", "the word alone"])
@pytest.mark.parametrize(("url", "of"), [(CA_CRL, USER), (ROOT_CRL, ISSUING)], ids=["of the CA", "of the root"])
def test_a_crl_that_is_over(url: str, of: Listed, ends: timedelta | None) -> None:
    folder = broken(url, of, word="Expired", ends=ends)

    assert causes(folder) == [("crl.expired", ALL, EVERY_ACCOUNT)]


def test_a_crl_that_ended_days_ago_by_its_dates_whatever_the_word_is() -> None:
    folder = broken(CA_CRL, USER, word="Abgelaufen", ends=timedelta(days=-3))

    assert causes(folder) == [("crl.expired", ALL, EVERY_ACCOUNT)]


def test_a_crl_whose_end_depends_on_the_time_zone_can_not_be_judged() -> None:
    folder = Folder()
    folder.put("WAP01", tried(CA_CRL, USER, word="\u00dcberpr\u00fcft", ends=timedelta(hours=-5)))

    assert causes(folder) == []
    assert untold(folder, "crl.expired") == [("WAP01", CA_CRL)]


def test_a_delta_that_is_over() -> None:
    folder = broken(DELTA, USER, purpose="delta", word="Expired", ends=None)

    assert causes(folder) == [("crl.delta-expired", ALL, EVERY_ACCOUNT)]


def test_a_delta_that_does_not_come() -> None:
    folder = broken(DELTA, USER, purpose="delta", outcome="TIMED_OUT", error="0x80072ee2")

    assert causes(folder) == [("crl.delta-unreachable", ALL, EVERY_ACCOUNT)]


@pytest.mark.parametrize(
    "told",
    [{"outcome": "HTTP_STATUS", "http_status": 404}, {"outcome": "FAILED", "error": "0x80190194"}],
    ids=["as a status", "as a code"],
)
def test_a_plus_sign_that_the_web_server_refuses(told: dict[str, object]) -> None:
    folder = broken(DELTA, USER, purpose="delta", **told)

    assert causes(folder) == [("crl.double-escaping", ALL, EVERY_ACCOUNT)]


def only_ldap() -> Folder:
    folder = Folder()
    folder.drop(ROLES, "retrieval", f"crl {CA_CRL}").drop(ROLES, "retrieval", f"delta {DELTA}")
    for name, context in each(folder):
        asked = {} if name in NODES else {"outcome": "FAILED", "error": "0x80070035"}
        folder.put(name, tried(LDAP, USER, context=context, **asked))
        if name in WAPS:
            folder.put(name, *verdicts(context, errors={USER: OFFLINE}, revocation_error="0x80092013"))
    return folder


def test_a_crl_that_only_the_directory_has() -> None:
    assert causes(only_ldap()) == [("crl.ldap-only", WAPS, ())]


def test_output_that_is_cut_off_after_the_directory_does_not_say_that_there_is_no_more() -> None:
    """No verdict was printed: the list of URLs may go on behind the end of the file."""
    folder = only_ldap().drop(WAPS, "chain-verdict")

    assert "crl.ldap-only" not in {code for code, _, _ in causes(folder)}
    assert ("WAP01", f"certificate {USER.sha1}") in untold(folder, "crl.ldap-only")


def test_the_directory_before_http() -> None:
    folder = Folder()
    for name, context in each(folder):
        asked = {} if name in NODES else {"outcome": "FAILED", "error": "0x80070035", "took": "UNDER_15_S"}
        folder.put(name, tried(LDAP, USER, context=context, position=0, **asked))
        folder.put(name, tried(CA_CRL, USER, context=context, position=1))

    assert causes(folder) == [("crl.ldap-first", WAPS, ())]


def test_a_mirror_that_stayed_behind() -> None:
    folder = Folder()
    for name, context in each(folder):
        old = tried(CA_CRL, USER, context=context, number="03", word="Expired", ends=timedelta(days=-2))
        new = tried("http://mirror.contoso.com/issuing.crl", USER, context=context, number="0c", position=1)
        folder.put(name, old, new)

    assert causes(folder) == [("crl.mirrors-differ", ALL, EVERY_ACCOUNT)]


def test_one_server_that_is_served_an_older_crl() -> None:
    folder = broken(CA_CRL, USER, "WAP01", number="09", word="Expired", ends=timedelta(days=-2))

    assert causes(folder) == [("crl.differs-by-place", ("WAP01",), ("network-service", "system"))]


@pytest.mark.parametrize("word", ["Wrong Issuer", "Bad Signature"])
@pytest.mark.parametrize("outcome", ["OK", "FAILED"])
def test_a_crl_of_another_ca_or_key(word: str, outcome: str) -> None:
    folder = broken(CA_CRL, USER, issuer=ISSUING, word=word, outcome=outcome)

    assert causes(folder) == [("crl.wrong-issuer", ALL, EVERY_ACCOUNT)]


@pytest.mark.parametrize(("took", "severity"), [("UNDER_10_S", "warning"), ("UNDER_20_S", "error")])
def test_a_crl_that_takes_its_time(took: str, severity: str) -> None:
    folder = Folder()
    for name, context in each(folder, "STS01"):
        folder.put(name, tried(CA_CRL, USER, context=context, took=took))

    assert causes(folder) == [("crl.slow", ("STS01",), ("adfs-service", "system"))]
    assert [one.severity.word for one in heavy(folder)] == [severity]


@pytest.mark.parametrize("error", ["0x8009310b", "0x80092009"])
def test_a_login_page_instead_of_a_crl(error: str) -> None:
    folder = broken(CA_CRL, USER, "WAP01", outcome="FAILED", error=error)

    assert causes(folder) == [("crl.not-a-crl", ("WAP01",), ("network-service", "system"))]


@pytest.mark.parametrize("error", ["0x80190191", "0x80190193"])
def test_a_web_server_that_is_not_open_to_everybody(error: str) -> None:
    folder = broken(CA_CRL, USER, outcome="FAILED", error=error)

    assert causes(folder) == [("crl.needs-authentication", ALL, EVERY_ACCOUNT)]


@pytest.mark.parametrize(
    "told", [{"outcome": "TIMED_OUT", "error": "0x80072ee2"}, {"word": "Unsuccessful"}], ids=["silent", "refuses"]
)
def test_a_responder_that_does_not_answer_as_it_should(told: dict[str, str]) -> None:
    folder = Folder()
    for name, context in each(folder, *NODES):
        folder.put(name, tried("http://ocsp.contoso.com/ocsp", USER, context=context, purpose="ocsp", **told))

    assert causes(folder) == [("crl.ocsp-failing", NODES, ("adfs-service", "system"))]


def test_a_caller_who_is_not_the_service_proves_no_more_than_that() -> None:
    """An administrator ran certutil without becoming SYSTEM: its proxy is not the service's."""
    folder = Folder(roles={"STS01": "adfs"}, verified=False)
    folder.put("STS01", *fetches("caller"), tried(CA_CRL, USER, context="caller", outcome="TIMED_OUT"))
    folder.put("STS01", *verdicts("caller", errors={USER: OFFLINE}, revocation_error="0x80092013"))

    assert [(one.rule.code, one.severity.word) for one in heavy(folder)] == [("crl.unreachable", "warning")]


def test_a_dead_url_behind_a_cached_copy_is_told_as_what_it_is() -> None:
    """The check as SYSTEM still passes: the copy in the cache has not ended yet."""
    folder = Folder()
    folder.put("WAP01", tried(CA_CRL, USER, outcome="TIMED_OUT", error="0x80072ee2"))

    (found,) = heavy(folder)
    assert (found.rule.code, found.severity.word) == ("crl.unreachable", "error")
    assert "still passed" in found.why
    differs = [one for one in judged(folder).findings if one.rule.code == "chain.verdicts-differ"]
    assert [(one.severity.word, one.catalogue) for one in differs] == [("info", ("CRL-23",))]


def test_a_mirror_whose_answer_is_in_a_language_that_nobody_here_reads_may_serve() -> None:
    """One URL is dead for sure; whether it matters is told by the chain engine, or not at all."""
    folder = Folder().drop(ROLES, "chain-verdict")
    mirror = {"outcome": "UNKNOWN", "word": "\u691c\u8a3c\u6e08\u307f", "position": 1, "ends": None}
    for name, context in each(folder, "WAP01"):
        folder.put(name, tried(CA_CRL, USER, context=context, outcome="TIMED_OUT", error="0x80072ee2"))
        folder.put(name, tried("http://mirror.contoso.com/issuing.crl", USER, context=context, **mirror))
    assert causes(folder) == [("crl.mirror-unreachable", ("WAP01",), ("network-service", "system"))]

    for name, context in each(folder, "WAP01"):
        folder.put(name, *verdicts(context, errors={USER: OFFLINE}, revocation_error="0x80092013"))
    assert causes(folder) == [("crl.unreachable", ("WAP01",), ("network-service", "system"))]


def test_a_crl_whose_word_is_not_known_is_judged_by_the_dates_that_are_shown() -> None:
    folder = broken(CA_CRL, USER, outcome="UNKNOWN", word="Abgelaufen", ends=timedelta(days=-3))

    assert causes(folder) == [("crl.expired", ALL, EVERY_ACCOUNT)]


def test_a_crl_that_is_made_out_for_another_distribution_point() -> None:
    folder = broken(CA_CRL, USER, word="No IDP Intersection")

    assert causes(folder) == [("crl.wrong-issuer", ALL, EVERY_ACCOUNT)]


def test_a_delta_on_a_newer_base_than_the_one_served() -> None:
    folder = broken(DELTA, USER, purpose="delta", word="Old Base CRL")

    assert causes(folder) == [("crl.delta-base-mismatch", ALL, EVERY_ACCOUNT)]
