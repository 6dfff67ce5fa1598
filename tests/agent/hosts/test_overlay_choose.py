"""Which source answers: the folder first, the platform where it may, and never a lie."""

import sys

import pytest

from farmsight_agent.config import Config
from farmsight_agent.hosts.absent import AbsentHost
from farmsight_agent.hosts.choose import choose
from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.overlay import OverlayHost
from farmsight_agent.outcome import FailedError, NotApplicableError, UnavailableError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="chooses the Linux host")


def config(role, folder=None, **more):
    return Config(role=role, server_name="WAP01", evidence_dir=folder, **more)


def test_a_stand_in_for_a_windows_server_names_the_file_that_would_answer(tmp_path):
    host = choose(config("wap", tmp_path))

    with pytest.raises(UnavailableError) as caught:
        host.url_reservations()
    assert (caught.value.reason, caught.value.source) == ("file-missing", "evidence:WAP01_49443.txt")
    for question in (host.tls_bindings, host.services, host.listeners, host.store_names, host.schannel_settings):
        with pytest.raises(UnavailableError, match="file-missing"):
            question()


def test_without_any_folder_a_windows_role_is_unknown_too():
    with pytest.raises(UnavailableError, match="no-evidence-folder"):
        choose(config("adfs")).adfs("properties")


def test_on_a_linux_proxy_what_only_windows_has_does_not_apply(tmp_path):
    for host in (choose(config("proxy")), choose(config("proxy", tmp_path))):
        with pytest.raises(NotApplicableError, match="not-windows"):
            host.url_reservations()
        assert host.store_names().values == ("ROOT",)
        assert host.platform == "linux"


def test_the_folder_answers_before_the_platform_unless_the_platform_was_asked_for(tmp_path):
    (tmp_path / "WAP01_host.json").write_text('{"Listeners": []}')

    assert choose(config("proxy", tmp_path)).listeners().values == ()
    assert choose(config("proxy", tmp_path, platform_only=("listeners",))).listeners().source == "psutil"


def test_a_broken_file_is_an_answer_and_the_platform_is_not_asked(tmp_path):
    (tmp_path / "WAP01_host.json").write_text("{")
    with pytest.raises(FailedError, match="not-json"):
        choose(config("proxy", tmp_path)).listeners()


def test_stores_of_two_machines_are_never_mixed(tmp_path):
    (tmp_path / "WAP01_store_ca.pem").write_text("")
    host = choose(config("proxy", tmp_path))

    assert host.store_certificates("CA").values == ()
    with pytest.raises(UnavailableError, match=r"WAP01_store_root\.txt"):
        host.store_certificates("ROOT")


def test_what_was_not_recorded_is_looked_at_live(tmp_path):
    with pytest.raises(NotApplicableError, match="live-host"):
        choose(config("wap", tmp_path)).recorded("retrievals")
    with pytest.raises(UnavailableError, match="file-missing"):
        choose(config("wap", tmp_path, host="evidence")).recorded("retrievals")


def test_where_the_platform_has_no_reader_the_missing_file_is_named(tmp_path):
    below = AbsentHost(UnavailableError, "not-built")
    below.platform = "windows"
    host = OverlayHost(EvidenceHost(tmp_path, "WAP01"), below, role="wap")

    with pytest.raises(UnavailableError, match="file-missing"):
        host.services()
    assert host.platform == "windows"


def test_the_folder_alone_needs_a_folder(tmp_path):
    assert choose(config("wap", tmp_path, host="evidence")).platform == "evidence"
    with pytest.raises(ValueError, match="evidence_dir"):
        choose(config("wap", host="evidence"))


def test_every_question_to_an_absent_host_ends_in_its_outcome():
    host = AbsentHost(UnavailableError, "why")
    for question in (
        lambda: host.identity([]), host.clock_offsets, host.store_names, lambda: host.store_crls("CA"),
        host.url_reservations, host.port_exclusions, lambda: host.events("System"), lambda: host.wap("configuration"),
    ):  # fmt: skip
        with pytest.raises(UnavailableError, match="why"):
            question()
