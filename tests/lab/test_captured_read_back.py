"""What netsh prints in any language, code page and version is read alike by the agent."""

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.netsh import sslcert, urlacl, winhttp
from farmsight_lab.captured.encoding import encoded
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.plan import WINDOWS, Style
from tests.lab.captured_farms import farm_with, printed

FAULTS = (
    'fault = "binding-setting"\nservers = ["WAP02"]\nsetting = "verify_revocation"\nvalue = false',
    'fault = "reservation-for-other"\nservers = ["WAP02"]',
    'fault = "proxy"\nservers = ["WAP02"]',
)
READERS = {"49443.txt": urlacl, "sslcert.txt": sslcert, "winhttp.txt": winhttp}


def read(name, style):
    text = printed(farm_with(*FAULTS), "WAP02", name, **vars(style))
    decoded, encoding = decode(encoded(text, style.encoding, style.words))
    seen = READERS[name].parse(Text(name=f"WAP02_{name}", text=decoded, encoding=encoding))
    return [_known(value) for value in seen.values]


def _known(value):
    """Leave out what only newer versions print."""
    kept = type(value)()
    kept.CopyFrom(value)
    for field in ("reject", "disable_http2", "disable_quic", "disable_tls12", "disable_tls13", "enable_session_ticket"):
        if field in kept.DESCRIPTOR.fields_by_name:
            kept.ClearField(field)
    return kept


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "oem", "ansi"])
def test_the_language_and_the_code_page_make_no_difference(name, language, encoding):
    assert read(name, Style(language=language, encoding=encoding)) == read(name, Style(encoding="utf-8"))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("windows", WINDOWS)
def test_the_version_makes_no_difference_to_what_all_of_them_print(name, windows):
    def common(style):
        keep = ("url", "trustees", "host", "port", "negotiate_client_certificate", "verify_client_revocation")
        return [[getattr(one, field, None) for field in keep] for one in read(name, style)]

    assert common(Style(windows=windows)) == common(Style())
