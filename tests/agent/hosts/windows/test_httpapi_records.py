"""What http.sys answers, in buffers as it fills them and in buffers that nobody should fill so."""

import contextlib
import ctypes
import ipaddress
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.api import httpapi_layout as layout
from farmsight_agent.hosts.windows.http import httpapi_records as records
from farmsight_agent.hosts.windows.http.httpapi_query import Reply
from farmsight_agent.outcome import FailedError

ADFS = uuid.UUID("5d89a20c-beab-4389-9447-324788eb944a")
SHA1 = bytes(range(20))
BASE = 0x7FF6_0000_1000
READERS = (
    records.url_acl,
    records.ssl_by_address,
    records.ssl_by_name,
    records.ssl_central,
    records.listen_addresses,
    records.seconds,
)


class Buffer:
    """An answer being filled: the structure first, what it points to behind it."""

    def __init__(self, structure):
        self.structure = structure
        self.tail = b""

    def add(self, data):
        """Append what a pointer leads to; return the pointer."""
        at = BASE + ctypes.sizeof(self.structure) + len(self.tail)
        self.tail += data.ljust(-(-len(data) // 8) * 8, b"\0")
        return at

    def text(self, text):
        return self.add(text.encode("utf-16-le") + b"\0\0") if text is not None else 0

    def reply(self):
        return Reply(status=0, data=bytes(self.structure) + self.tail, base=BASE)


def sockaddr(address, port):
    parsed = ipaddress.ip_address(address)
    family, between = (2, b"") if parsed.version == 4 else (23, b"\0" * 4)
    return (family.to_bytes(2, "little") + port.to_bytes(2, "big") + between + parsed.packed).ljust(128, b"\0")


def parameters(buffer, *, sha1=SHA1, store="MY", ctl_store=None, mode=0, flags=0):
    param = buffer.structure.ParamDesc
    param.SslHashLength, param.pSslHash = len(sha1), buffer.add(sha1) if sha1 else 0
    param.AppId = layout.GUID.from_buffer_copy(ADFS.bytes_le)
    param.pSslCertStoreName, param.pDefaultSslCtlStoreName = buffer.text(store), buffer.text(ctl_store)
    param.DefaultCertCheckMode, param.DefaultFlags = mode, flags
    return buffer


def by_address(address, port, **given):
    buffer = parameters(Buffer(layout.HTTP_SERVICE_CONFIG_SSL_SET()), **given)
    buffer.structure.KeyDesc.pIpPort = buffer.add(sockaddr(address, port))
    return buffer


def by_name(host, port, **given):
    buffer = parameters(Buffer(layout.HTTP_SERVICE_CONFIG_SSL_SNI_SET()), **given)
    buffer.structure.KeyDesc.IpPort = layout.SOCKADDR_STORAGE.from_buffer_copy(sockaddr("0.0.0.0", port))
    buffer.structure.KeyDesc.Host = buffer.text(host)
    return buffer


def url_acl(url="https://+:443/adfs/", descriptor="D:(A;;GX;;;NS)"):
    buffer = Buffer(layout.HTTP_SERVICE_CONFIG_URLACL_SET())
    buffer.structure.KeyDesc.pUrlPrefix = buffer.text(url)
    buffer.structure.ParamDesc.pStringSecurityDescriptor = buffer.text(descriptor)
    return buffer


@pytest.mark.parametrize("url", ["https://+:443/adfs/", "", "http://+:80/Ä/\U0001f600/"])
def test_a_reservation(url):
    assert records.url_acl(url_acl(url).reply()) == records.UrlAcl(url=url, sddl="D:(A;;GX;;;NS)")


@pytest.mark.parametrize(
    ("address", "port"), [("0.0.0.0", 443), ("10.0.0.5", 65535), ("::", 49443), ("2001:db8::7", 1)]
)
def test_a_binding_by_address(address, port):
    held = records.ssl_by_address(by_address(address, port, ctl_store="AdfsTrustedDevices", mode=1, flags=2).reply())

    assert (held.address.text, held.address.port, held.host) == (address, port, "")
    assert held.address.unspecified == (address in {"0.0.0.0", "::"})
    assert (held.parameters.hash, held.parameters.application) == (SHA1, ADFS)
    assert (held.parameters.store, held.parameters.ctl_store, held.parameters.ctl_identifier) == (
        "MY",
        "AdfsTrustedDevices",
        "",
    )
    assert (held.parameters.check_mode, held.parameters.flags) == (1, 2)


def test_a_binding_by_name_and_one_without_certificate_and_store():
    named = records.ssl_by_name(by_name("sts.contoso.com", 49443).reply())
    bare = records.ssl_by_name(by_name("*", 443, sha1=b"", store=None).reply())

    assert (named.host, named.address.port, named.parameters.hash) == ("sts.contoso.com", 49443, SHA1)
    assert (bare.host, bare.parameters.hash, bare.parameters.store) == ("*", b"", "")


@pytest.mark.parametrize("length", [1, 16, 19, 21, 32, 64])
def test_a_hash_that_is_not_sha1_is_neither_cut_nor_taken_for_none(length):
    with pytest.raises(FailedError) as caught:
        records.ssl_by_address(by_address("0.0.0.0", 443, sha1=b"\1" * length).reply())
    assert caught.value.reason == "unknown-hash"
    assert f"{length} bytes" in caught.value.detail


def test_a_listen_list():
    data = (2).to_bytes(8, "little") + sockaddr("10.0.0.5", 0) + sockaddr("fe80::1", 0)

    assert records.listen_addresses(Reply(status=0, data=data)) == ["10.0.0.5", "fe80::1"]
    assert records.listen_addresses(Reply(status=0, data=bytes(8))) == []


@pytest.mark.parametrize("count", [3, 1000, 0xFFFFFFFF])
def test_a_listen_list_that_claims_more_than_it_holds_is_refused(count):
    with pytest.raises(FailedError):
        records.listen_addresses(Reply(status=0, data=count.to_bytes(8, "little") + sockaddr("10.0.0.5", 0) * 2))


def test_a_timeout_is_a_16_bit_number():
    assert records.seconds(Reply(status=0, data=b"\x78\0\xff\xff")) == 120
    with pytest.raises(FailedError):
        records.seconds(Reply(status=0, data=b"\x78"))


@pytest.mark.parametrize("pointer", [1, BASE - 1, BASE + 4096, 0xFFFF_FFFF_FFFF_FFFF])
def test_a_pointer_out_of_the_answer_is_not_followed(pointer):
    buffer = url_acl()
    buffer.structure.KeyDesc.pUrlPrefix = pointer

    with pytest.raises(FailedError, match="leads out"):
        records.url_acl(buffer.reply())


def test_a_text_without_an_end_is_refused():
    buffer = url_acl()
    buffer.structure.KeyDesc.pUrlPrefix = buffer.add(b"a\0" * 4)

    with pytest.raises(FailedError, match="without an end"):
        records.url_acl(buffer.reply())


def test_an_address_of_another_family_is_refused():
    buffer = by_address("10.0.0.5", 443)
    buffer.structure.KeyDesc.pIpPort = buffer.add(b"\x11\0" + bytes(126))

    with pytest.raises(FailedError, match="family 17"):
        records.ssl_by_address(buffer.reply())


@given(st.sampled_from(READERS), st.binary(max_size=400), st.integers(0, 2**64 - 1))
def test_no_bytes_make_a_reader_raise_anything_else(reader, data, base):
    with contextlib.suppress(FailedError):
        reader(Reply(status=0, data=data, base=base))


@given(st.data(), st.sampled_from([by_address("::1", 443), by_name("sts.contoso.com", 443), url_acl()]))
def test_nor_does_a_damaged_answer(data, buffer):
    whole = bytearray(buffer.reply().data)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for reader in READERS:
        with contextlib.suppress(FailedError):
            reader(Reply(status=0, data=bytes(whole[:cut]), base=BASE))
