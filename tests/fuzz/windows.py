"""Targets that take bytes as Windows keeps and answers them: registry values, files, structures, records of logs."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf.message import Message

from farmsight_agent.hosts.windows.cmdlets import ADFS, WAP
from farmsight_agent.hosts.windows.http import (
    http_sys_descriptor,
    http_sys_messages,
    http_sys_registry_values,
    httpapi_records,
)
from farmsight_agent.hosts.windows.http.http_sys_messages import NameOf
from farmsight_agent.hosts.windows.http.httpapi_query import Reply
from farmsight_agent.hosts.windows.network import proxy_blobs
from farmsight_agent.hosts.windows.programs import cmdlets_document
from farmsight_agent.hosts.windows.programs.powershell_text import said, told
from farmsight_agent.hosts.windows.programs.program_output import Printed
from farmsight_agent.hosts.windows.stores import (
    store_blobs,
    store_ctl,
    store_elements,
    store_places,
    store_properties,
    url_cache_metadata,
)
from farmsight_agent.hosts.windows.stores.store_elements import Kind
from farmsight_agent.hosts.windows.system import event_xml, schannel_settings, updates
from farmsight_agent.normalise.kinds import keyed
from farmsight_wire.v1 import facts_pb2
from tests.agent.hosts.windows import store_bytes
from tests.agent.hosts.windows.test_http_sys_descriptor import descriptor, entry
from tests.agent.hosts.windows.test_httpapi_records import BASE, by_address, by_name, sockaddr, url_acl
from tests.agent.hosts.windows.test_proxy_blobs import blob as proxy_blob
from tests.fakes.pki import ISSUING, crl_der
from tests.fuzz.checks import expect, reasoned_only

EVENTS = Path(__file__).parents[1] / "vectors" / "events"
BUILD = 20348
_PLACE = store_places.of_machine("ROOT")[0]
_NOBODY: NameOf = lambda _sid: ""  # noqa: E731 - a stand-in
_KINDS = tuple(Kind)
_READERS = (
    lambda reply: http_sys_messages.reservation(
        httpapi_records.url_acl(reply), _NOBODY, facts_pb2.AGENT_DATA_SOURCE_API
    ),
    lambda reply: http_sys_messages.binding(httpapi_records.ssl_by_address(reply), facts_pb2.BINDING_KIND_IP, BUILD),
    lambda reply: http_sys_messages.binding(httpapi_records.ssl_by_name(reply), facts_pb2.BINDING_KIND_SNI, BUILD),
    lambda reply: http_sys_messages.binding(httpapi_records.ssl_central(reply), facts_pb2.BINDING_KIND_CCS, BUILD),
    httpapi_records.listen_addresses,
    httpapi_records.seconds,
)


def sendable(message: Message) -> None:
    """Expect a message that can be sent, and read again."""
    again = type(message).FromString(message.SerializeToString())
    expect(again == message or "nan" in str(message).lower(), "a message that comes back as another")


def store_blob(data: bytes) -> None:
    """Any value of a store's key is an element, or says what is wrong with it."""
    for kind in _KINDS:
        found = store_blobs.read(kind, "AB" * 20, data)
        expect((found.data is None) == bool(found.trouble), "an element that neither is there nor says why")
        if kind is Kind.CERTIFICATE:
            sendable(store_elements.stored_certificate("ROOT", _PLACE, found).message)
        elif kind is Kind.CRL:
            sendable(store_elements.stored_crl("ROOT", _PLACE, found).message)
        else:
            sendable(store_elements.stored_ctl("ROOT", _PLACE, found).message)
    store_properties.provider_in_memory(data, 0x1000)
    store_properties.provider_stored(data)


def trust_list(data: bytes) -> None:
    """Any bytes have a summary."""
    found = store_ctl.summary(data)
    sendable(found)
    expect(len(found.usages) <= store_ctl.MOST_USAGES, "more usages than are kept")


def url_cache(data: bytes) -> None:
    """Any file of the URL cache is of the form, with a URL that can be told, or is not."""
    found = url_cache_metadata.read(data)
    if found is not None:
        expect(found.url.isprintable() and len(found.url) <= url_cache_metadata.LONGEST_URL, "a URL that is none")
        sendable(facts_pb2.UrlCacheEntry(url=found.url, size=found.size))


def http_sys(data: bytes) -> None:
    """Any buffer is a record of http.sys or is refused; nothing is read outside of it."""
    reply = Reply(status=0, data=data, base=BASE)
    for read in _READERS:
        with reasoned_only():
            found = read(reply)
            if isinstance(found, Message):
                sendable(found)
    with reasoned_only():
        expect(http_sys_descriptor.to_sddl(data).startswith("D:"), "no list of entries")
    text = data.decode("utf-16-le", "replace")
    for kind in http_sys_registry_values.KINDS:
        for values in ({"sslcerthash": data, "appid": data}, {"hostnameport": text, "appid": text}):
            with reasoned_only():
                sendable(http_sys_registry_values.binding(kind, text[:64], values, BUILD))


def proxy_setting(data: bytes) -> None:
    """Any value of a connection is a setting without secrets, or is refused."""
    with contextlib.suppress(ValueError):
        for source in (facts_pb2.PROXY_SOURCE_WININET, facts_pb2.PROXY_SOURCE_WINHTTP):
            found = proxy_blobs.decode(data).setting(source)
            sendable(found)
            expect(len(found.proxy) <= 2 * proxy_blobs.LONGEST, "a proxy list without a bound")


def event(data: bytes) -> None:
    """Any XML is a record within bounds, or is refused."""
    with contextlib.suppress(event_xml.EventError):
        found = event_xml.record(data.decode("utf-8", "surrogateescape"))
        sendable(found)
        expect(len(found.data) <= event_xml.MAX_VALUES, "more values than are kept")


def cmdlets(data: bytes) -> None:
    """Whatever PowerShell prints, each section is there or says why it is not."""
    told(data)
    said(data)
    for role in (ADFS, WAP):
        printed = Printed(stdout=data, stderr=data[:200], exit_code=0)
        held = cmdlets_document.document(printed, role.sections, running=True, limit_s=100.0)
        for name in role.sections:
            expect(name in held or name in held["Errors"], f"{name}: neither there nor missed")
        for part in role.parts:
            with reasoned_only():
                for value in role.part(held, part, lambda _data: b"").values:
                    sendable(value)


def registry_names(data: bytes) -> None:
    """Any names and values below the keys of Schannel and of updates."""
    names = [one[:200] for one in data.decode("utf-16-le", "replace").split("\n")[:50]]
    numbers = dict.fromkeys(names, int.from_bytes(data[:8], "little"))
    found, _left_out = schannel_settings.settings(
        lambda _path: numbers | {f"{one}t": one for one in names}, lambda _: names
    )
    for one in found:
        sendable(keyed(one, one.name))
    updates.updates(names, lambda _name: updates.INSTALLED)


def store_seeds() -> list[bytes]:
    """Return blobs of a certificate, a CRL and a trust list with properties, and some cut off."""
    properties = (
        (store_properties.FRIENDLY_NAME, "Contoso\0".encode("utf-16-le")),
        (store_properties.KEY_PROV_INFO, store_bytes.key_prov_info()),
        (store_properties.ENHKEY_USAGE, bytes.fromhex("300a06082b06010505070302")),
    )
    whole = [
        store_bytes.blob(*properties, (number, data))
        for number, data in ((32, ISSUING.der), (33, crl_der(ISSUING)), (34, store_bytes.ctl()))
    ]
    return [*whole, whole[0][:200], b""]


def trust_list_seeds() -> list[bytes]:
    """Return trust lists."""
    return [store_bytes.ctl(), store_bytes.ctl(identifier=b"\1\2", number=None, next_update=None, version=b"\1")]


def url_cache_seeds() -> list[bytes]:
    """Return files of MetaData."""
    return [store_bytes.metadata(url, etag='"1"') for url in ("http://pki/a.crl", "ldap:///cn=a?cRL", "x:" + "é" * 99)]


def http_sys_seeds() -> list[bytes]:
    """Return answers of http.sys, and descriptors of the registry."""
    replies = [
        url_acl().reply(),
        by_address("10.0.0.5", 443, ctl_store="ClientAuthIssuer", mode=1, flags=2).reply(),
        by_name("sts.contoso.com", 49443).reply(),
    ]
    lists = [
        descriptor(entry(0, 0x20000000, "S-1-5-20"), entry(1, 0x60000000, "S-1-5-21-1-2-3-4")),
        (2).to_bytes(8, "little") + sockaddr("10.0.0.5", 0) + sockaddr("fe80::1", 0),
        "0.0.0.0:443".encode("utf-16-le"),
    ]
    return [*(one.data for one in replies), *lists]


def proxy_setting_seeds() -> list[bytes]:
    """Return settings of connections."""
    return [
        proxy_blob(3, "http=p1:3128;https=user:secret@p2:3129", "*.contoso.com;<local>", ""),
        proxy_blob(13, "", "", "http://wpad/wpad.dat"),
        proxy_blob(1),
    ]


def event_seeds() -> list[bytes]:
    """Return records as the log service renders them, and what must not be read."""
    bomb = b'<!DOCTYPE e [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Event><System>&b;</System></Event>'
    return [*(one.read_bytes() for one in sorted(EVENTS.glob("*.xml"))), bomb, b"<a>" * 60]


def cmdlets_seeds() -> list[bytes]:
    """Return what the scripts print: sections, refusals, the end."""
    at = datetime(2026, 11, 23, tzinfo=UTC).isoformat()
    return [
        b'{"Get-AdfsProperties":{"HostName":"sts.contoso.com","TlsClientPort":49443}}\r\n{"Complete":true}\r\n',
        b'{"Errors":{"Get-AdfsCertificate":{"Id":"PS0033","Message":"PS0033: x","Category":"x"}}}\r\n{"Complete":true}',
        f'{{"Get-AdfsCertificate":[{{"CertificateType":"Token-Signing","Certificate":{{"NotAfter":"{at}"}}}}]}}'.encode(),
        b'{"Get-AdfsSyncProperties":[{"Role":"SecondaryComputer"}]}\n{"ProxyTrustCertificates":[]}\n',
        b'#< CLIXML\n<Objs Version="1.1"><S S="Error">x_x000D_</S></Objs>{"Complete":true}',
        b'{"Get-AdfsEndpoint":[{"AddressPath":"/adfs/ls/","Enabled":true,"Proxy":true}]}\n',
    ]


def registry_names_seeds() -> list[bytes]:
    """Return names of settings and of packages."""
    return [
        "\n".join(one).encode("utf-16-le")
        for one in (
            ("SendTrustedIssuerList", "TLS 1.2", "DisabledByDefault"),
            ("Package_for_KB3172614~31bf3856ad364e35~amd64~~6.3.1.4", "Package_for_RollupFix~3~amd64~~20348.2031.1.7"),
        )
    ]
