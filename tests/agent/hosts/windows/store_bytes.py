"""Bytes as Windows keeps them: trust lists, blobs of the registry, files of the URL cache."""

import struct

CTL = "1.3.6.1.4.1.311.10.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
SHA1 = "1.3.14.3.2.26"


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def oid(dotted):
    first, second, *rest = (int(number) for number in dotted.split("."))
    body = bytearray()
    for number in (first * 40 + second, *rest):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F | 0x80)
        body += bytes(reversed(digits))
    return tlv(0x06, bytes(body))


def ctl(
    *,
    usages=("1.3.6.1.4.1.311.10.3.9",),
    identifier="DisallowedCert_AutoUpdate_1",
    number=b"\x01",
    this_update="260101000000Z",
    next_update="270101000000Z",
    entries=2,
    content=CTL,
    version=b"",
):
    """Return a signed trust list; the signature is empty, which nobody looks at."""
    fields = [tlv(0x02, version)] if version else []
    fields.append(tlv(0x30, *(oid(one) for one in usages)))
    if identifier is not None:
        raw = identifier if isinstance(identifier, bytes) else f"{identifier}\0".encode("utf-16-le")
        fields.append(tlv(0x04, raw))
    if number is not None:
        fields.append(tlv(0x02, number))
    fields.append(tlv(0x17, this_update.encode()))
    if next_update is not None:
        fields.append(tlv(0x17, next_update.encode()))
    fields.append(tlv(0x30, oid(SHA1), b"\x05\x00"))
    if entries is not None:
        fields.append(tlv(0x30, *(tlv(0x30, tlv(0x04, bytes([at % 256]) * 20)) for at in range(entries))))
    listed = tlv(0x30, oid(content), tlv(0xA0, tlv(0x30, *fields)))
    signed = tlv(0x30, tlv(0x02, b"\x01"), tlv(0x31, tlv(0x30, oid(SHA1))), listed, tlv(0x31))
    return tlv(0x30, oid(SIGNED_DATA), tlv(0xA0, signed))


def blob(*records):
    return b"".join(struct.pack("<III", number, 1, len(data)) + data for number, data in records)


def key_prov_info(container="{KEY}", provider="Microsoft Software Key Storage Provider"):
    """Return a CRYPT_KEY_PROV_INFO as the registry keeps it: offsets for pointers."""
    names = [f"{name}\0".encode("utf-16-le") for name in (container, provider)]
    return struct.pack("<7I", 28, 28 + len(names[0]), 0, 0, 0, 0, 0) + b"".join(names)


def metadata(url, *, fetched=133_800_000_000_000_000, size=4711, etag=""):
    """Return a file of CryptnetUrlCache's MetaData."""
    head = bytearray(116)
    name, tag = url.encode("utf-16-le"), etag.encode("utf-16-le")
    struct.pack_into("<I", head, 0, 112)
    struct.pack_into("<IQ", head, 12, len(name), fetched)
    struct.pack_into("<I", head, 100, len(tag))
    struct.pack_into("<I", head, 112, size)
    return bytes(head) + name + tag
