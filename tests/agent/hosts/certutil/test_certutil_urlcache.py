"""`certutil -urlcache`: what the cache of an account holds, when the whole list is there."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import urlcache
from farmsight_agent.outcome import DeniedError, FailedError
from tests.fakes.certutil_printed import LANGUAGES, LDAP_CRL_URL, wrapped

URLS = ["http://crl.contoso.com/a.crl", LDAP_CRL_URL, "http://pki.contoso.com/b c.crl"]
COUNTS = {"en": "WinHttp Cache entries: 3", "zh": "WinHttp 缓存项目: 3", "de": "WinHttp-Cacheeinträge: 3"}


def text(body):
    return Text(name="WAP01_system_urlcache.txt", text=body)


def listed(language="en", count=None):
    lines = [part for url in URLS for part in (url, "")]
    done = LANGUAGES[language].done.format(verb="URLCache")
    return "\n".join([*lines, count or COUNTS[language], "", done, ""])


@pytest.mark.parametrize("language", COUNTS)
@pytest.mark.parametrize("change", [str, wrapped])
def test_a_list_names_the_urls(language, change):
    found = urlcache.parse(text(change(listed(language))))

    assert [one.url for one in found.values] == URLS
    assert found.lines[0] == "evidence:WAP01_system_urlcache.txt:1"
    assert urlcache.likeness(text(listed(language))) is Likeness.CERTAIN


def test_details_below_a_url_are_left_aside():
    body = listed().replace("\n\n", "\n  Size: 12\n  LastSyncTime: 5/5/2026 1:00 AM\n  http://other.contoso.com/\n", 1)

    assert [one.url for one in urlcache.parse(text(body)).values] == URLS


def test_a_cache_with_nothing_in_it_was_looked_at():
    end = "CertUtil: -URLCache command FAILED: 0x80070103 (WIN32/HTTP: 259 ERROR_NO_MORE_ITEMS)\n"

    assert urlcache.parse(text(end)).values == ()
    assert (
        urlcache.parse(text("WinHttp Cache entries: 0\n\n" + LANGUAGES["de"].done.format(verb="URLCache"))).values == ()
    )


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (listed(count="WinHttp Cache entries: 5"), FailedError, "truncated"),
        (listed().partition("CertUtil")[0], FailedError, "truncated"),
        (listed(count="WinHttp Cache entries deleted: 3"), FailedError, "not-understood"),
        (
            listed().partition("CertUtil")[0] + "CertUtil: -URLCache: 0x80070103 (WIN32: 259)\n",
            FailedError,
            "command-failed",
        ),
        ("C:\\>certutil -urlcache * delete\n" + listed(), FailedError, "not-understood"),
        ("****  Online  ****\nCertUtil: -URLCache command completed successfully.\n", FailedError, "not-understood"),
        ("CertUtil: -URLCache command FAILED: 0x80070005 (WIN32: 5)\n", DeniedError, "access-denied"),
        ("nothing\n", FailedError, "not-understood"),
    ],
)
def test_what_is_no_whole_list_says_nothing_of_the_cache(body, error, reason):
    """A URL that is missing from a list would be one that is not in the cache."""
    with pytest.raises(error) as caught:
        urlcache.parse(text(body))

    assert caught.value.reason == reason


def test_bare_urls_only_resemble_it():
    assert urlcache.likeness(text("\n".join(URLS))) is Likeness.RESEMBLES
    assert urlcache.likeness(text("\n".join([*URLS, "and a word"]))) is Likeness.NO
