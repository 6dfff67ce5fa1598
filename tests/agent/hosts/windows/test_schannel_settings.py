"""Which registry values are told as Schannel settings, and under which names."""

import re
from pathlib import Path

import pytest

from farmsight_agent.hosts.windows.system import schannel_settings
from farmsight_agent.hosts.windows.system.schannel_settings import CAPI2_LOG, CHAIN_ENGINE, POLICIES, SCHANNEL
from farmsight_agent.outcome import DeniedError

SCRIPT = Path(__file__).parents[4] / "deploy" / "windows" / "Collect-FarmsightEvidence.ps1"


def told(keys):
    def below(path):
        start = path + "\\"
        return list(dict.fromkeys(key[len(start) :].partition("\\")[0] for key in keys if key.startswith(start)))

    found, left_out = schannel_settings.settings(lambda path: keys.get(path, {}), below)
    return {one.name: one.number if one.HasField("number") else one.text for one in found}, left_out


def test_values_of_schannel_and_its_protocols_by_their_path():
    keys = {
        SCHANNEL: {"SendTrustedIssuerList": 0, "ClientAuthTrustMode": 2, "EventLogging": 7},
        SCHANNEL + r"\Protocols\TLS 1.2\Server": {"Enabled": 0xFFFFFFFF, "DisabledByDefault": 0},
    }

    assert told(keys) == (
        {
            "SendTrustedIssuerList": 0,
            "ClientAuthTrustMode": 2,
            "EventLogging": 7,
            "Protocols/TLS 1.2/Server/Enabled": 0xFFFFFFFF,
            "Protocols/TLS 1.2/Server/DisabledByDefault": 0,
        },
        0,
    )


def test_of_other_places_only_what_bears_on_sign_in():
    keys = {
        r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319": {"schusestrongcrypto": 1, "AspNetEnforceViewStateMac": 1},
        r"SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319": {"SystemDefaultTlsVersions": 1},
        r"SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {"Release": 528049, "Version": "4.8.04161"},
        r"SYSTEM\CurrentControlSet\Services\HTTP\Parameters": {"MaxFieldLength": 65534, "SomethingElse": 1},
        CHAIN_ENGINE: {"ChainUrlRetrievalTimeoutMilliseconds": 15000},
        POLICIES + r"\ChainEngine\Config": {"Options": 2},
        POLICIES + r"\AuthRoot": {"DisableRootAutoUpdate": 1, "Other": 1},
        CAPI2_LOG: {"Enabled": 1, "MaxSize": 1052672},
    }

    assert told(keys)[0] == {
        ".NETFramework/v4.0.30319/schusestrongcrypto": 1,
        "Wow6432Node/.NETFramework/v4.0.30319/SystemDefaultTlsVersions": 1,
        ".NETFramework/Release": 528049,
        "HTTP/MaxFieldLength": 65534,
        "ChainEngine/ChainUrlRetrievalTimeoutMilliseconds": 15000,
        "ChainEngine/Policy/Options": 2,
        "AuthRoot/DisableRootAutoUpdate": 1,
        "CAPI2/Enabled": 1,
    }


def test_the_places_are_those_of_the_collection_script():
    text = SCRIPT.read_text(encoding="utf-8")
    table = text[
        text.index("function Get-SchannelTable") : text.index("# ---", text.index("function Get-SchannelTable"))
    ]
    prefixes = set(re.findall(r"-Prefix '([^']*)'", table)) | {
        ".NETFramework/v4.0.30319/",
        "Wow6432Node/.NETFramework/v4.0.30319/",
    }

    assert {place.prefix for place in schannel_settings._PLACES} == prefixes


def test_what_is_neither_number_nor_text_is_left_out_and_counted():
    keys = {SCHANNEL: {"": "default", "A": b"\1\2", "B": ("x", "y"), "C": "text", "D": 1 << 63}}

    assert told(keys) == ({"C": "text", "D": 1 << 63}, 2)


def test_a_key_full_of_junk_is_bounded():
    found, left_out = told({SCHANNEL: {f"n{n}": "x" * 5000 for n in range(3000)}})

    assert (len(found), left_out) == (1000, 2000)
    assert max(map(len, found.values())) == 1000


def test_a_key_that_may_not_be_read_is_not_the_default():
    def denied(_path):
        raise DeniedError("registry-key-not-readable")

    with pytest.raises(DeniedError):
        schannel_settings.settings(denied, lambda _path: [])
