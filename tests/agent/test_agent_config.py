"""The configuration file: what is right is taken, everything that is wrong is named at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.config import Config, ConfigError, load, parse
from farmsight_agent.config_reading import split_address


def test_an_empty_file_is_the_defaults(tmp_path):
    assert parse("", folder=tmp_path) == Config()


def test_every_setting_of_a_full_file_arrives(tmp_path):
    text = """
    state_dir = "state"
    collectors = ["collector.contoso.com:7443", "[2001:db8::1]:7443"]
    enrolment = "collector.contoso.com:7444"
    role = "wap"
    server_name = "WAP01"
    federation_service_name = "sts.contoso.com"
    host = "evidence"
    evidence_dir = "evidence"
    platform_only = ["listeners"]
    check_in_s = 5
    [contexts]
    adfs-service = "adfssvc"
    [connect_to]
    "STS.contoso.com:443" = "127.0.0.1:8443"
    [cadence]
    retrievals = 900
    [retrieval]
    timeout_s = 3
    user_certificates = ["user.cer"]
    [endpoints]
    ports = [443, 49443]
    enabled = false
    """
    config = parse(text, folder=tmp_path)

    assert config.state_dir == tmp_path / "state"
    assert config.collectors[1] == "[2001:db8::1]:7443"
    assert config.evidence_dir == tmp_path / "evidence"
    assert config.contexts == {"adfs-service": "adfssvc"}
    assert config.connect_to == {"sts.contoso.com:443": "127.0.0.1:8443"}
    assert config.cadence == {"retrievals": 900}
    assert config.retrieval.user_certificates == (tmp_path / "user.cer",)
    assert config.endpoints.ports == (443, 49443)
    assert not config.endpoints.enabled


def test_all_errors_are_told_at_once(tmp_path):
    text = """
    colectors = ["x"]
    collectors = ["no-port"]
    role = "king"
    check_in_s = true
    host = "evidence"
    [contexts]
    nobody = "x"
    [cadence]
    retrievals = 1
    shell = 60
    [endpoints]
    ports = [0]
    """
    with pytest.raises(ConfigError) as caught:
        parse(text, folder=tmp_path, name="agent.toml")

    told = str(caught.value)
    assert len(caught.value.errors) == 9
    for word in (
        "colectors",
        "no-port",
        "king",
        "check_in_s",
        "nobody",
        "retrievals",
        "shell",
        "ports",
        "evidence_dir",
    ):
        assert word in told


def test_a_missing_file_and_broken_toml_are_named(tmp_path):
    with pytest.raises(ConfigError, match="can't be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("a = [")
    with pytest.raises(ConfigError, match="not TOML"):
        load(tmp_path / "broken.toml")


@given(
    st.dictionaries(
        st.sampled_from([*Config.__dataclass_fields__, "x"]), st.one_of(st.integers(), st.text(), st.lists(st.none()))
    )
)
def test_no_value_of_any_kind_breaks_the_reader(values):
    from farmsight_agent.config import _top
    from farmsight_agent.config_reading import Section

    assert isinstance(_top(Section(values, "", [], Path("/"))), Config)


@given(st.text())
def test_an_address_is_host_and_port_or_nothing(text):
    found = split_address(text)
    assert found is None or (found[0] and 0 < found[1] < 65536)
