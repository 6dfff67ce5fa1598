"""The machine's WinHTTP proxy, as either of two commands shows it."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import advproxy, winhttp
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2
from tests.fakes import netsh

LONG = ";".join(f"*.branch{number}.contoso.com" for number in range(9)) + ";<local>"


def text(body):
    return Text(name="WAP01_winhttp.txt", text=body)


def setting(body, module=winhttp):
    [found] = module.parse(text(body)).values
    return found


def refused(body, module=winhttp):
    with pytest.raises(FailedError) as caught:
        module.parse(text(body))
    return caught.value


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_a_direct_way_is_told_in_any_language(language):
    body = netsh.winhttp(language)

    assert setting(body) == facts_pb2.ProxySetting(proxy_source=facts_pb2.PROXY_SOURCE_WINHTTP, direct=True)
    assert winhttp.likeness(text(body)) is Likeness.LIKELY


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
@pytest.mark.parametrize("columns", [0, 120, 80, 60])
def test_a_proxy_and_a_long_bypass_list_are_read_in_any_language(language, columns):
    body = netsh.winhttp(language, "http=proxy.contoso.com:8080;https=10.0.0.9:81", LONG)
    found = setting(netsh.wrapped(body, columns) if columns else body)

    assert (found.proxy, found.direct) == ("http=proxy.contoso.com:8080;https=10.0.0.9:81", False)
    assert list(found.bypass) == LONG.split(";")
    assert winhttp.likeness(text(body)) is Likeness.CERTAIN


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_a_word_in_brackets_is_no_bypass(language):
    assert list(setting(netsh.winhttp(language, "proxy:8080")).bypass) == []


def test_letters_that_were_lost_on_the_way_do_not_matter():
    body = "\nParam\ufffdtres de proxy WinHTTP actuels\ufffd:\n\n    Acc\ufffds direct (sans serveur proxy).\n\n"

    assert setting(body).direct


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("bob:secret@proxy:8080", "proxy:8080"),
        ("http=http://bob:secret@proxy:80;https=p2:81", "http=http://proxy:80;https=p2:81"),
        ("http://CONTOSO\\bob:s@cret@proxy:8080", "http://proxy:8080"),
    ],
)
def test_a_password_in_front_of_a_proxy_is_not_kept(shown, kept):
    assert setting(netsh.winhttp(netsh.ENGLISH, shown)).proxy == kept
    assert setting(ADVANCED.replace("proxy:8080", shown.replace("\\", "\\\\")), advproxy).proxy == kept


@pytest.mark.parametrize("shown", ["bob:sec;ret@proxy:8080", "bob:secret@", "proxy server of bob:secret"])
def test_what_may_be_a_password_is_not_repeated_in_the_error(shown):
    error = refused(netsh.winhttp(netsh.ENGLISH, shown))

    assert error.reason == "not-understood"
    assert "sec" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Settings:\n\n    one thing\n",
        "WinHTTP:\n\n    one thing\n    another thing\n",
        "WinHTTP settings:\n\n    Proxy:\n",
        "Current WinHTTP proxy settings:\n\n    Server :  what is this\n    Other :  (none)\n",
    ],
)
def test_a_text_of_another_kind_says_nothing_of_the_way(body):
    assert refused(body).reason == "not-understood"


def test_of_two_captures_the_later_stands():
    proxied, direct = netsh.winhttp(netsh.ENGLISH, "proxy:8080"), netsh.winhttp(netsh.GERMAN)

    assert setting(proxied + direct).direct
    assert setting(direct + "C:\\>netsh winhttp show proxy\n" + proxied + "C:\\>exit\nbye\n").proxy == "proxy:8080"


@pytest.mark.parametrize("bypass", ["", LONG])
@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_an_output_cut_off_anywhere_never_says_direct_for_a_proxy_nor_half_a_list(language, bypass):
    body = netsh.wrapped(netsh.winhttp(language, "proxy.contoso.com:8080", bypass))
    whole = setting(body)
    for end in range(len(body)):
        try:
            found = setting(body[:end])
        except FailedError:
            continue
        # Where a console broke the list at a line's end, nothing tells that it goes on.
        assert (found.proxy, found.direct) == (whole.proxy, False)
        assert list(found.bypass) == list(whole.bypass) or body[end - 1] in "\r\n"


ADVANCED = """
Current WinHTTP advanced proxy settings:

{
    "ProxyIsEnabled": true,
    "Proxy": "proxy:8080",
    "ProxyBypass": "*.contoso.com;<local>",
    "AutoConfigIsEnabled": true,
    "AutoConfigUrl": "http://wpad.contoso.com/proxy.pac",
    "AutoDetect": true,
    "PerUserProxySettings": false
}
"""


def test_the_advanced_settings_are_read_by_name():
    found = setting(ADVANCED, advproxy)

    assert found == facts_pb2.ProxySetting(
        proxy_source=facts_pb2.PROXY_SOURCE_WINHTTP,
        proxy="proxy:8080",
        bypass=["*.contoso.com", "<local>"],
        pac_url="http://wpad.contoso.com/proxy.pac",
        auto_detect=True,
    )


def test_a_proxy_that_is_switched_off_is_none():
    found = setting(ADVANCED.replace("true", "false"), advproxy)

    assert (found.proxy, list(found.bypass), found.pac_url, found.direct) == ("", [], "", True)
    assert found.HasField("auto_detect")


def test_an_empty_object_means_direct_and_says_nothing_of_detection():
    found = setting("\nAktuelle erweiterte WinHTTP-Proxyeinstellungen:\n\n{\n}\n", advproxy)

    assert found.direct
    assert not found.HasField("auto_detect")


def test_settings_per_user_are_those_of_the_account_that_asked():
    found = setting(ADVANCED.replace('Settings": false', 'Settings": true'), advproxy)

    assert found.proxy_source == facts_pb2.PROXY_SOURCE_WININET


LABELLED = """
Current WinHTTP advanced proxy settings:

Proxy: http=http://10.0.43.4:8080;https=http://localhost:40343

ProxyBypass: localhost;127.0.0.1;*.conto
so.com;node1

AutoDetect: False
"""


def test_the_form_of_the_cmdlet_says_the_same_and_is_put_together():
    found = setting(LABELLED, advproxy)

    assert found.proxy == "http=http://10.0.43.4:8080;https=http://localhost:40343"
    assert list(found.bypass) == ["localhost", "127.0.0.1", "*.contoso.com", "node1"]
    assert (found.auto_detect, found.direct) == (False, False)


@pytest.mark.parametrize("body", [ADVANCED, LABELLED, ADVANCED.replace("Current WinHTTP advanced proxy settings:", "")])
def test_the_two_commands_are_told_apart(body):
    assert advproxy.likeness(text(body)) is Likeness.CERTAIN
    assert winhttp.likeness(text(body)) is Likeness.NO
    assert refused(body).reason == "not-understood"
    assert advproxy.likeness(text(netsh.winhttp(netsh.ENGLISH, "proxy:8080"))) is Likeness.NO


@pytest.mark.parametrize("body", [ADVANCED, LABELLED])
def test_advanced_settings_cut_off_anywhere_never_claim_half_a_setting(body):
    whole = setting(body, advproxy)
    for end in range(len(body)):
        try:
            found = setting(body[:end], advproxy)
        except FailedError:
            continue
        assert found.proxy == whole.proxy
        assert list(found.bypass) == list(whole.bypass)[: len(found.bypass)] or body[end - 1] in "\r\n"


@pytest.mark.parametrize("body", ["{}", '{"a": 1}', '{"AutoDetect": true, "Name": "x"}', "AutoConfigURL : http://x/\n"])
def test_other_objects_and_lists_are_not_taken_for_the_advanced_settings(body):
    assert advproxy.likeness(text(body)) is Likeness.NO
