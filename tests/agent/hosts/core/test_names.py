"""Whose a file is, by its name alone and by its folders' names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.names import (
    computer_name,
    folder_computer,
    is_file_name,
    is_of_tenant,
    naming,
    remainder,
)
from farmsight_agent.hosts.evidence.wanted import _BY_PART, _STORE


@pytest.mark.parametrize(
    ("file", "computer"),
    [
        ("WAP01_49443.txt", "WAP01"),
        ("case/netsh/wap01_sslcert.txt", "WAP01"),
        ("WAP01.contoso.com_49443.txt", "WAP01"),
        ("wap-dmz-1_store_root.pem", "WAP-DMZ-1"),
        ("STS01_adfs.json", "STS01"),
        ("STS01_collection.json", "STS01"),
        ("STS01_collection.log", "STS01"),
        ("WAP01_49443_old.txt", "WAP01"),
        ("WAP01_49443 (2).txt", "WAP01"),
        ("WAP01_49443_20261120.txt", "WAP01"),
        ("WAP01_Get-WebApplicationProxyConfiguration.txt", "WAP01"),
        ("WAP01_netsh_http_show_urlacl.txt", "WAP01"),
        ("wap_sslcert.txt", "WAP"),
        ("STS01_output.txt", "STS01"),
        ("STS01.txt", "STS01"),
        ("transcript_STS01.txt", "STS01"),
        ("49443_WAP01.txt", "WAP01"),
        ("49443.txt", ""),
        ("urlacl.txt", ""),
        ("netsh_sslcert.txt", ""),
        ("store_root.txt", ""),
        ("old_49443.txt", ""),
        ("20261120_sslcert.txt", ""),
        ("entra_trustedca.txt", ""),
        ("entra_federation_contoso.com.txt", ""),
        ("NETWORK SERVICE_SubCA.txt", ""),
        ("SYSTEM_usercert.txt", ""),
        ("Système_usercert.txt", ""),
        ("gmsa-adfs$_usercert.txt", ""),
        ("README.md", ""),
        ("server1_49443.txt", "SERVER1"),
        ("10.0.0.5_sslcert.txt", "10.0.0.5"),
    ],
)
def test_the_computer_in_a_file_name(file, computer):
    assert naming(file).computer == computer


@pytest.mark.parametrize(
    ("file", "known", "computer", "rest"),
    [
        ("WAP_01_49443.txt", {"WAP_01"}, "WAP_01", "49443.txt"),
        ("WAP_01.contoso.com_49443.txt", {"WAP_01", "WAP"}, "WAP_01", "49443.txt"),
        ("WAP_01_x_usercert.txt", {"WAP", "WAP_01"}, "WAP_01", "x_usercert.txt"),
        ("WAP0_49443.txt", {"WAP"}, "WAP0", "49443.txt"),
        ("SRV7-49443.txt", {"SRV7"}, "SRV7", "49443.txt"),
        ("SRV7 urlacl.txt", {"SRV7"}, "SRV7", "urlacl.txt"),
        ("urlacl_srv7.txt", {"SRV7"}, "SRV7", "urlacl.txt"),
        ("SRV7.txt", {"SRV7"}, "SRV7", ".txt"),
        ("SRV7_SRV8.txt", {"SRV7", "SRV8"}, "SRV7", "SRV8.txt"),
        ("urlacl_SRV7_SRV8.txt", {"SRV7", "SRV8"}, "", "urlacl_SRV7_SRV8.txt"),
    ],
)
def test_a_computer_that_is_known_may_be_called_anything_and_stand_anywhere(file, known, computer, rest):
    told = naming(file, known)

    assert (told.computer, told.rest) == (computer, rest)


@pytest.mark.parametrize(
    ("rest", "account", "about"),
    [
        ("SubCA.txt", "", "subca"),
        ("admin_SubCA.txt", "admin", "subca"),
        ("WAP01$_usercert.txt", "WAP01$", "usercert"),
        ("NETWORK SERVICE_usercert.txt", "NETWORK SERVICE", "usercert"),
        ("NETWORKSERVICE_SubCA2.txt", "NETWORKSERVICE", "subca2"),
        ("gmsa-adfs$_usercert.txt", "gmsa-adfs$", "usercert"),
        ("CONTOSO_adm_jane_usercert.txt", "CONTOSO_adm_jane", "usercert"),
        ("jane.doe_SubCA.txt", "jane.doe", "subca"),
        ("SYSTEM_urlcache.txt", "SYSTEM", ""),
        ("NETWORK SERVICE_urlcache.txt", "NETWORK SERVICE", ""),
        ("gmsa$_urlcache.txt", "gmsa$", ""),
        ("CONTOSO_svc_adfs_urlcache.txt", "CONTOSO_svc_adfs", ""),
        ("urlcache.txt", "", ""),
        ("admin_usercert_old.txt", "admin", "usercert"),
        ("admin_usercert (2).txt", "admin", "usercert"),
        ("store_root.txt", "", "root"),
        ("store_root_20261120.txt", "", "root"),
        ("verifystore_ca.txt", "", "ca"),
        ("store_adfstrusteddevices.pem", "", "adfstrusteddevices"),
        ("root.txt", "", "root"),
        ("ca.sst", "", "ca"),
        ("ca.cer", "", ""),
        ("SubCA.cer", "", ""),
        ("admin_usercert.cer", "admin", ""),
        ("entra_federation_contoso.com.txt", "", "contoso.com"),
    ],
)
@pytest.mark.parametrize("server", ["WAP01", "SRV7.contoso.com"])
def test_what_else_a_name_says(rest, account, about, server):
    told = naming(f"{server}_{rest}", {"SRV7"})

    assert (told.computer, told.account, told.about.lower()) == (computer_name(server), account, about)


def test_a_name_with_one_part_before_what_was_verified_is_in_doubt():
    """`%computername%_SubCA.txt`, or `%username%_SubCA.txt`."""
    assert naming("FILER_SubCA.txt").doubtful
    assert naming("jane_urlcache.txt").doubtful
    assert not naming("WAP01_SubCA.txt").doubtful  # no person is called so
    assert not naming("FILER_jane_SubCA.txt").doubtful


@pytest.mark.parametrize(
    ("folder", "computer"),
    [
        ("WAP01", "WAP01"),
        ("wap01.contoso.com", "WAP01"),
        ("WAP_01", "WAP_01"),
        ("WAP-01", "WAP-01"),
        ("ADFS-NEW", "ADFS-NEW"),
        ("WAP01.zip", "WAP01"),
        ("farmsight-WAP01-20261123T100000Z", "WAP01"),
        ("farmsight-WAP-DMZ-1-20261123T100000Z.zip", "WAP-DMZ-1"),
        ("2026-11-20", ""),
        ("20261120T101500Z", ""),
        ("2026-11-20 WAP01", "WAP01"),
        ("WAP01_2026-11-20", "WAP01"),
        ("WAP01 (2)", "WAP01"),
        ("WAP01 - Kopie", "WAP01"),
        ("evidence_WAP01", "WAP01"),
        ("WAP01_logs", "WAP01"),
        ("netsh", ""),
        ("stores", ""),
        ("before", ""),
        ("run2", ""),
        ("output_2", ""),
        ("10.0.0.5", "10.0.0.5"),
        ("server1", "SERVER1"),
        ("test1", "TEST1"),
        ("evidence3", ""),
        ("4711", ""),
        ("größe", ""),
    ],
)
def test_the_computer_that_a_folder_is_called_after(folder, computer):
    assert folder_computer(folder) == computer


@pytest.mark.parametrize(
    ("file", "computer"),
    [
        ("SRVA urlacl.txt", "SRVA"),
        ("SRVA - urlacl.txt", "SRVA"),
        ("urlacl-SRVA.txt", "SRVA"),
        ("case/urlacl_srva.contoso.com.txt", "SRVA"),
        ("SRVA.txt", "SRVA"),
        ("SRVA-sslcert (2).txt", "SRVA"),
        ("urlacl.txt", ""),
        ("urlacl_old.txt", ""),
        ("urlacl-2.txt", ""),
        ("netsh http show urlacl.txt", ""),
        ("my sslcert output.txt", ""),
        ("two words urlacl.txt", ""),
        ("root.txt", ""),
    ],
)
def test_what_else_stands_in_a_name_may_be_a_computer(file, computer):
    assert remainder(file) == computer


def test_no_number_and_no_address_is_a_computer():
    assert [computer_name(one) for one in ("wap01", " WAP01.contoso.com ", "10.0.0.5", "4711", "a b", "", "x_1")] == [
        "WAP01", "WAP01", "", "", "", "", "X_1",
    ]  # fmt: skip


def test_every_file_that_is_asked_for_is_known_by_its_name():
    files = [one.file for one in (*_BY_PART.values(), _STORE)]
    for file in files:
        told = naming(file.format(server="FILER", part="root").replace("%username%", "jane"))

        assert (told.computer, told.canonical) == ("FILER", True), file


def test_the_tenant_has_no_computer():
    assert is_of_tenant("STS01/entra.json")
    assert is_of_tenant("Entra_trustedca.txt")
    assert not is_of_tenant("entrance.txt")


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("WAP01_49443.txt", True),
        ("C:\\temp\\WAP01_sslcert.txt", True),
        ("./evidence/root.txt", True),
        ("notes.txt", False),
        ("netsh http show urlacl > WAP01_49443.txt", False),
        ("Reserved URL : https://+:443/adfs/", False),
    ],
)
def test_a_line_that_is_the_name_of_an_evidence_file(text, is_name):
    assert is_file_name(text) is is_name


@given(st.text(max_size=80), st.frozensets(st.sampled_from(["WAP01", "WAP_01", "A"])))
def test_no_name_makes_it_raise(name, known):
    told = naming(name, known)

    assert told.computer == "" or told.computer == told.computer.upper()
    assert isinstance(told.account + told.about + folder_computer(name), str)
