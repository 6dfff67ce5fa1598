"""The order in which Windows goes by its proxy settings, with a script that says what the test wants."""

import pytest

from farmsight_agent.retrieve.proxy_windows import AccountSettings, ScriptError, Verdict, WindowsRules
from farmsight_agent.retrieve.url import parse
from farmsight_wire.v1 import facts_pb2

URL = "http://pki.contoso.com/root.crl"
PAC = "http://svc:secret@wpad.contoso.com/proxy.pac"


class Scripts:
    """Answers by script; "" is the one that WPAD finds. What was asked is kept."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def __call__(self, script, url):
        self.asked.append((script, url.host))
        answer = self.answers[script]
        if isinstance(answer, ScriptError):
            raise answer
        return answer


def choose(settings, answers=None, url=URL):
    route = WindowsRules(AccountSettings(**settings), Scripts(answers or {})).choose(parse(url))
    source = facts_pb2.ProxySource.Name(route.chosen_by).removeprefix("PROXY_SOURCE_")
    return [way.text if way else "direct" for way in route.ways], source, list(route.remarks)


NOTHING = ScriptError("gave no answer (error 12180)", silent=True)


def test_without_any_setting_the_way_is_direct():
    assert choose({}) == (["direct"], "NONE", [])


def test_the_machines_static_proxy_goes_before_all():
    settings = {"machine_proxy": "m:1", "auto_detect": True, "pac_url": PAC, "proxy": "u:1"}

    assert choose(settings) == (["m:1"], "WINHTTP", [])


def test_a_host_on_its_bypass_list_is_asked_directly_and_not_by_the_accounts_settings():
    settings = {"machine_proxy": "m:1", "machine_bypass": "*.contoso.com", "proxy": "u:1"}

    assert choose(settings) == (["direct"], "WINHTTP", [])


def test_the_accounts_own_proxy_and_bypass_list_come_last():
    assert choose({"proxy": "u:1"}) == (["u:1"], "WININET", [])
    assert choose({"proxy": "u:1", "bypass": "pki.contoso.com"}) == (["direct"], "WININET", [])


def test_a_script_goes_before_the_accounts_static_proxy():
    found = choose({"pac_url": PAC, "proxy": "u:1"}, {PAC: Verdict(proxies="a:1;b:2")})

    assert found == (["a:1", "b:2"], "PAC", [])


def test_a_script_that_says_direct_is_obeyed():
    assert choose({"pac_url": PAC, "proxy": "u:1"}, {PAC: Verdict()}) == (["direct"], "PAC", [])


def test_detection_goes_before_the_script_that_is_named():
    settings = {"auto_detect": True, "pac_url": PAC}

    assert choose(settings, {"": Verdict(proxies="w:1")})[:2] == (["w:1"], "PAC")
    assert choose(settings, {"": NOTHING, PAC: Verdict(proxies="a:1")}) == (["a:1"], "PAC", [])


def test_detection_that_finds_nothing_is_no_news():
    assert choose({"auto_detect": True}, {"": NOTHING}) == (["direct"], "NONE", [])


def test_detection_without_an_end_is():
    found = choose({"auto_detect": True}, {"": ScriptError("did not answer within 10 s")})

    assert found == (["direct"], "NONE", ["the proxy script found by WPAD did not answer within 10 s"])


def test_behind_a_broken_script_the_next_setting_counts_and_no_password_is_told():
    broken = {PAC: ScriptError("could not be fetched (error 12167)")}
    remark = "the proxy script http://wpad.contoso.com/proxy.pac could not be fetched (error 12167)"

    assert choose({"pac_url": PAC, "proxy": "u:1"}, broken) == (["u:1"], "WININET", [remark])
    assert choose({"pac_url": PAC}, broken) == (["direct"], "NONE", [remark])


def test_a_script_is_run_once_a_host():
    scripts = Scripts({PAC: Verdict(proxies="a:1")})
    rules = WindowsRules(AccountSettings(pac_url=PAC), scripts)

    for url in ("http://one/a", "http://one/b", "http://two/a", "https://one/a"):
        rules.choose(parse(url))

    assert [host for _, host in scripts.asked] == ["one", "two", "one"]


@pytest.mark.parametrize(("lasting", "times"), [(True, 1), (False, 2)])
def test_a_script_that_is_no_use_is_not_asked_again(lasting, times):
    scripts = Scripts({PAC: ScriptError("did not answer within 10 s", lasting=lasting)})
    rules = WindowsRules(AccountSettings(pac_url=PAC), scripts)

    remarks = [rules.choose(parse(url)).remarks for url in ("http://one/", "http://two/", "http://one/")]

    assert len(scripts.asked) == times
    assert all(len(told) == 1 for told in remarks)


def test_settings_that_could_not_be_read_are_remarked():
    assert choose({"remarks": ("this account's proxy settings could not be read: error 5",)})[2] != []
