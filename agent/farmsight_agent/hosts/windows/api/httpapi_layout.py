"""The structures of http.h that http.sys is asked and answers with, as a 64-bit Windows lays them out.

Free of the platform: pointers are plain numbers and every integer has the
width that Windows gives it, so that sizes and offsets are the same wherever
Python runs, and a test compares them with what a compiler for Windows makes of
the header. Names are the header's own.

Sources: win32 Http documentation, ns-http-http_service_config_*; identifiers
above 6 stand in http.h of the Windows SDK 10.0.26100 without a page of their
own. What that header calls ...Ex is not asked for: it adds limits of HTTP/2,
headers of errors, and the keys of session tickets, which are nobody's business.
"""
# ruff: noqa: N801 - the header's names

import enum
from ctypes import Structure, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64
from typing import Any, ClassVar, Final

Fields = list[tuple[str, Any]]

QUERY_NEXT: Final = 1  # HttpServiceConfigQueryNext: the record whose number is the token
INITIALIZE_CONFIG: Final = 2  # HTTP_INITIALIZE_CONFIG: to see the configuration, not to serve


class ConfigId(enum.IntEnum):
    """HTTP_SERVICE_CONFIG_ID, as far as it is asked for."""

    IP_LISTEN_LIST = 0
    SSL = 1
    URL_ACL = 2
    TIMEOUT = 3
    SSL_SNI = 5
    SSL_CCS = 6
    SSL_SCOPED_CCS = 11


class HTTPAPI_VERSION(Structure):
    """The version of the API that is asked for, passed by value."""

    _fields_: ClassVar[Fields] = [("HttpApiMajorVersion", c_uint16), ("HttpApiMinorVersion", c_uint16)]


class GUID(Structure):
    """The application that a binding belongs to."""

    _fields_: ClassVar[Fields] = [("Data1", c_uint32), ("Data2", c_uint16), ("Data3", c_uint16), ("Data4", c_uint8 * 8)]


class SOCKADDR_STORAGE(Structure):
    """Room for an address of any family: 128 bytes at a multiple of 8."""

    _fields_: ClassVar[Fields] = [
        ("ss_family", c_uint16),
        ("__ss_pad1", c_uint8 * 6),
        ("__ss_align", c_int64),
        ("__ss_pad2", c_uint8 * 112),
    ]


class HTTP_SERVICE_CONFIG_URLACL_KEY(Structure):
    """The URL of a reservation."""

    _fields_: ClassVar[Fields] = [("pUrlPrefix", c_uint64)]


class HTTP_SERVICE_CONFIG_URLACL_PARAM(Structure):
    """Who may use a reservation, as SDDL."""

    _fields_: ClassVar[Fields] = [("pStringSecurityDescriptor", c_uint64)]


class HTTP_SERVICE_CONFIG_URLACL_SET(Structure):
    """A reservation."""

    _fields_: ClassVar[Fields] = [
        ("KeyDesc", HTTP_SERVICE_CONFIG_URLACL_KEY),
        ("ParamDesc", HTTP_SERVICE_CONFIG_URLACL_PARAM),
    ]


class HTTP_SERVICE_CONFIG_URLACL_QUERY(Structure):
    """Which reservation is asked for."""

    _fields_: ClassVar[Fields] = [
        ("QueryDesc", c_int32),
        ("KeyDesc", HTTP_SERVICE_CONFIG_URLACL_KEY),
        ("dwToken", c_uint32),
    ]


class HTTP_SERVICE_CONFIG_SSL_KEY(Structure):
    """The address and port of a binding by address."""

    _fields_: ClassVar[Fields] = [("pIpPort", c_uint64)]


class HTTP_SERVICE_CONFIG_SSL_SNI_KEY(Structure):
    """The name and port of a binding by name; of the address only the port counts."""

    _fields_: ClassVar[Fields] = [("IpPort", SOCKADDR_STORAGE), ("Host", c_uint64)]


class HTTP_SERVICE_CONFIG_SSL_CCS_KEY(Structure):
    """The port of a binding that takes its certificate from the central store."""

    _fields_: ClassVar[Fields] = [("LocalAddress", SOCKADDR_STORAGE)]


class HTTP_SERVICE_CONFIG_SSL_PARAM(Structure):
    """What a binding says: the certificate, and how those of clients are checked."""

    _fields_: ClassVar[Fields] = [
        ("SslHashLength", c_uint32),
        ("pSslHash", c_uint64),
        ("AppId", GUID),
        ("pSslCertStoreName", c_uint64),
        ("DefaultCertCheckMode", c_uint32),
        ("DefaultRevocationFreshnessTime", c_uint32),  # seconds
        ("DefaultRevocationUrlRetrievalTimeout", c_uint32),  # milliseconds
        ("pDefaultSslCtlIdentifier", c_uint64),
        ("pDefaultSslCtlStoreName", c_uint64),
        ("DefaultFlags", c_uint32),
    ]


class HTTP_SERVICE_CONFIG_SSL_SET(Structure):
    """A binding by address."""

    _fields_: ClassVar[Fields] = [
        ("KeyDesc", HTTP_SERVICE_CONFIG_SSL_KEY),
        ("ParamDesc", HTTP_SERVICE_CONFIG_SSL_PARAM),
    ]


class HTTP_SERVICE_CONFIG_SSL_SNI_SET(Structure):
    """A binding by name, with a certificate or with the central store's."""

    _fields_: ClassVar[Fields] = [
        ("KeyDesc", HTTP_SERVICE_CONFIG_SSL_SNI_KEY),
        ("ParamDesc", HTTP_SERVICE_CONFIG_SSL_PARAM),
    ]


class HTTP_SERVICE_CONFIG_SSL_CCS_SET(Structure):
    """A binding of the central store."""

    _fields_: ClassVar[Fields] = [
        ("KeyDesc", HTTP_SERVICE_CONFIG_SSL_CCS_KEY),
        ("ParamDesc", HTTP_SERVICE_CONFIG_SSL_PARAM),
    ]


class HTTP_SERVICE_CONFIG_SSL_QUERY(Structure):
    """Which binding by address is asked for."""

    _fields_: ClassVar[Fields] = [
        ("QueryDesc", c_int32),
        ("KeyDesc", HTTP_SERVICE_CONFIG_SSL_KEY),
        ("dwToken", c_uint32),
    ]


class HTTP_SERVICE_CONFIG_SSL_SNI_QUERY(Structure):
    """Which binding by name is asked for."""

    _fields_: ClassVar[Fields] = [
        ("QueryDesc", c_int32),
        ("KeyDesc", HTTP_SERVICE_CONFIG_SSL_SNI_KEY),
        ("dwToken", c_uint32),
    ]


class HTTP_SERVICE_CONFIG_SSL_CCS_QUERY(Structure):
    """Which binding of the central store is asked for."""

    _fields_: ClassVar[Fields] = [
        ("QueryDesc", c_int32),
        ("KeyDesc", HTTP_SERVICE_CONFIG_SSL_CCS_KEY),
        ("dwToken", c_uint32),
    ]


class HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY(Structure):
    """The IP listen list: `AddrCount` addresses, one behind the other from `AddrList` on."""

    _fields_: ClassVar[Fields] = [("AddrCount", c_uint32), ("AddrList", SOCKADDR_STORAGE * 1)]


Query = (
    type[HTTP_SERVICE_CONFIG_URLACL_QUERY]
    | type[HTTP_SERVICE_CONFIG_SSL_QUERY]
    | type[HTTP_SERVICE_CONFIG_SSL_SNI_QUERY]
    | type[HTTP_SERVICE_CONFIG_SSL_CCS_QUERY]
)
