"""How the proxy on the way to the collector is set, and which settings are refused with a reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.config import ConfigError, parse
from farmsight_agent.identity import IdentityError
from farmsight_agent.reach import proxy


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://proxy.contoso.com:3128", "proxy.contoso.com:3128"),
        ("proxy.contoso.com:8080", "proxy.contoso.com:8080"),
        ("http://[2001:db8::1]:3128/", "[2001:db8::1]:3128"),
        (" HTTP://Proxy:80 ", "proxy:80"),
    ],
)
def test_a_proxy_is_named_by_host_and_port(text: str, shown: str) -> None:
    assert proxy.parse(text).text == shown


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "http://HOST:PORT"),
        ("http://proxy", "http://HOST:PORT"),
        ("http://proxy:99999", "http://HOST:PORT"),
        ("http://proxy:3128/path", "http://HOST:PORT"),
        ("socks5://proxy:1080", "http://HOST:PORT"),
        ("https://proxy:3128", "plain HTTP"),
        ("http://user:secret@proxy:3128", "everybody sees a command line"),
        ("http://pro xy:3128", "http://HOST:PORT"),
    ],
)
def test_what_is_no_proxy_says_why_and_tells_no_password(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        proxy.parse(text)
    assert "secret" not in str(refused.value)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = proxy.parse(text)
    except ValueError:
        return
    assert 0 < found.port < 65536
    assert found.host


def test_the_configuration_holds_it_with_the_file_of_its_login(tmp_path: Path) -> None:
    text = '[uplink]\nproxy = "http://proxy:3128"\nproxy_credentials = "login"\n'

    found = parse(text, folder=tmp_path).uplink.proxy

    assert found == proxy.Proxy(host="proxy", port=3128, credentials=tmp_path / "login")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[uplink]\nproxy = "https://proxy:3128"\n', "uplink.proxy begins with https://"),
        ('[uplink]\nproxy_credentials = "login"\n', "uplink.proxy_credentials is the login of no proxy"),
        ('[uplink]\nproxi = "x"\n', "uplink.proxi is not a setting"),
    ],
)
def test_a_wrong_setting_is_named(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=says):
        parse(text, folder=tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"", b"user", b":password", b"user:a\nuser:b\n", b"user:\xff", b"u:" + b"x" * 2000],
    ids=["empty", "no-password", "no-user", "two-lines", "not-utf-8", "long"],
)
def test_a_login_that_is_none_is_refused_and_not_told(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "login"
    file.touch(mode=0o600)
    file.write_bytes(data)
    with pytest.raises(IdentityError, match="USER:PASSWORD on one line"):
        proxy.read_login(file)


def test_a_login_is_read_as_it_stands_even_from_a_windows_editor(tmp_path: Path) -> None:
    file = tmp_path / "login"
    file.touch(mode=0o600)
    file.write_bytes("\ufeffCONTOSO\\svc: p\u00e4ss:w@rd \r\n".encode())

    assert proxy.read_login(file) == "CONTOSO\\svc: p\u00e4ss:w@rd "
