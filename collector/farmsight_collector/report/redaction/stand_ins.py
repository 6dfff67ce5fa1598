"""Which name got which stand-in: the same thing always the same one, numbered as they are met."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Final

from farmsight_collector.report.redaction.words import (
    ACCOUNT_NAMES,
    APPLICATIONS,
    GIVEN,
    KEPT_LABELS,
    PUBLIC_DOMAINS,
    TENANTS,
    zone_of,
)

MOST: Final = 200_000  # names of one report; whoever sends more gets a stand-in without a number
_NETWORK_BITS: Final = {4: 24, 6: 64}  # what is called a subnet here
_KEPT_SIDS: Final = ("S-1-5-21-", "S-1-12-1-")


class StandIns:
    """Gives stand-ins, and remembers every spelling that each was given for."""

    def __init__(self) -> None:
        """Begin with none."""
        self._given: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()
        self._real: dict[str, dict[str, None]] = {}
        self._labels: dict[str, str] = {}  # of hosts, by their first label in lower case
        self._parts: dict[str, str] = {}  # labels of domains that stand between host and zone
        self._zones: dict[str, int] = {}  # by their full names, and by short ones of Active Directory
        self._claimed: dict[str, int] = {}  # first labels of full names

    def items(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each stand-in with what it stands for, in the order of their names."""
        for name in sorted(self._real, key=_natural):
            yield name, tuple(self._real[name])

    def one(self, category: str, key: str, spelled: str = "") -> str:
        """Return the stand-in of a thing, such as ca-2; `key` tells things of one category apart."""
        place = (category, key.lower())
        if place not in self._given:
            full = len(self._given) >= MOST
            self._counts[category] += 0 if full else 1
            self._given[place] = f"{category}-x" if full else f"{category}-{self._counts[category]}"
        return self.note(self._given[place], spelled or key)

    def note(self, stand_in: str, spelled: str) -> str:
        """Remember what a stand-in stands for, and return it."""
        if len(self._real) < MOST:
            self._real.setdefault(stand_in, {}).setdefault(spelled)
        return stand_in

    def host(self, name: str, category: str = "host") -> str:
        """Return what stands for a host, by its short or its full name; the category is that of its first naming."""
        if "." in name:
            return self.full_name(name)
        label = name.lower()
        if label in KEPT_LABELS:
            return name
        if label not in self._labels:
            self._labels[label] = self.one(category, label, name)
        return self.note(self._labels[label], name)

    def is_host(self, name: str) -> bool:
        """Tell whether a name is one of a host that was met."""
        return name.partition(".")[0].lower() in self._labels

    def full_name(self, name: str) -> str:
        """Return what stands for a name of the DNS: its last part is a domain, its first one a host."""
        plain = name.rstrip(".")
        lower = plain.lower()
        if is_public(lower):
            return name
        labels = plain.split(".")
        if lower.endswith(f".{TENANTS}"):
            return self.note(f"{self.one('tenant', labels[-3])}.{TENANTS}", name)
        cut = len(labels) - zone_of(labels)
        zone = self.zone(".".join(labels[cut:]))
        said = [self._label(label, first=at == 0) for at, label in enumerate(labels[:cut])]
        made = ".".join([*said, zone])
        return self.note(made, plain) if made != plain else name

    def _label(self, label: str, *, first: bool) -> str:
        word = label.lower()
        if word in KEPT_LABELS or label.startswith("_"):
            return label
        if word in self._parts and word not in self._labels:
            return self._parts[word]
        if first or word in self._labels:
            return self.host(label)
        self._parts[word] = self.one("sub", word, label)
        return self._parts[word]

    def domain(self, name: str) -> str:
        """Return what stands for a domain of Active Directory, by its DNS name or its short one."""
        if name.lower() in ACCOUNT_NAMES:
            return name
        if "." not in name:
            return self.note(f"DOMAIN-{self._number(name.lower())}", name)
        labels = name.rstrip(".").split(".")
        own = labels[: len(labels) - zone_of(labels)]
        for label in () if name.lower().endswith(TENANTS) else own:
            self._parts.setdefault(label.lower(), self.one("sub", label))
        return self.full_name(name)

    def zone(self, name: str) -> str:
        """Return what stands for a domain that somebody registered, such as domain-1.example."""
        word = name.lower()
        if word not in self._zones:
            first = word.partition(".")[0]
            short = self._zones.get(first)  # the same domain by its short name, unless that is another's already
            self._zones[word] = short if short is not None and first not in self._claimed else self._next_zone()
            self._claimed.setdefault(first, self._zones[word])
        return self.note(f"domain-{self._zones[word]}.example", name)

    def _number(self, short: str) -> int:
        if short not in self._zones:
            self._zones[short] = self._claimed[short] if short in self._claimed else self._next_zone()
        return self._zones[short]

    def _next_zone(self) -> int:
        self._counts["zone"] += 1
        return self._counts["zone"]

    def zones(self) -> Iterator[tuple[str, str]]:
        """Yield the names of domains with what stands for their first labels: contoso, domain-1."""
        for zone, number in self._zones.items():
            yield zone, f"domain-{number}"

    def is_of_zone(self, name: str) -> bool:
        """Tell whether a name of the DNS is one of a domain that was met, or below it."""
        labels = name.lower().split(".")
        return any(".".join(labels[at:]) in self._zones for at in range(max(0, len(labels) - 4), len(labels) - 1))

    def user(self, name: str) -> str:
        """Return what stands for an account, with its domain before or behind it or without."""
        if name.lower() in ACCOUNT_NAMES:
            return name
        if "\\" in name:
            domain, _, account = name.partition("\\")
            where = domain if domain in ("", ".") else self._labels.get(domain.lower())
            if where is not None and where == domain:
                return self.note(f"{where}\\{self.user(account)}", name)
            return self.note(f"{where or self.domain(domain)}\\{self.user(account)}", name)
        if "@" in name:
            account, _, domain = name.rpartition("@")
            return self.note(f"{self.user(account)}@{self.full_name(domain)}", name)
        if name.endswith("$"):
            host = self._labels.get(name[:-1].lower())
            return self.note(f"{host or self.one('account', name[:-1])}$", name)
        return self.one("user", name)

    def number(self, category: str, digits: str) -> str:
        """Return what stands for a serial number or a thumbprint, however it is spelled."""
        key = "".join(one for one in digits.lower().removeprefix("0x") if one in "0123456789abcdef").lstrip("0")
        known = next((c for c in ("serial", "thumbprint", "key", "finding") if (c, key) in self._given), None)
        if known is not None:
            return self.one(known, key, digits)
        pairs = key.rjust(len(key) + len(key) % 2, "0")
        turned = bytes.fromhex(pairs)[::-1].hex().lstrip("0")
        if ("serial", turned) in self._given:
            return self.note(f"{self.one('serial', turned)}-reversed", digits)
        return self.one(category, key, digits)

    def identifier(self, text: str) -> str:
        """Return what stands for a GUID, in its shape."""
        word = text.lower()
        if word in APPLICATIONS:
            return text
        number = self._given.get(("guid", word))
        if number is None:
            self._counts["guid"] += 1
            number = self._given["guid", word] = f"00000000-0000-0000-0000-{self._counts['guid']:012d}"
        return self.note(number, text)

    def sid(self, text: str) -> str:
        """Return a SID without what says whose it is; the relative identifier stays."""
        if not text.startswith(_KEPT_SIDS):
            return text
        if text.startswith("S-1-12-1-"):
            return self.one("S-1-12-1-account", text)
        head, _, rid = text.rpartition("-")
        if text.count("-") < 7:
            return self.note(f"S-1-5-21-{self.one('domain-sid', text).removeprefix('domain-sid-')}", text)
        return self.note(f"S-1-5-21-{self.one('domain-sid', head)}-{rid}", text)

    def address(self, text: str) -> str:
        """Return what stands for an address: its subnet's number, and where it stands in it."""
        found = ipaddress.ip_address(text)
        if found.is_loopback or found.is_unspecified or found.is_multicast or str(found).startswith("255."):
            return text
        network = ipaddress.ip_network((found, _NETWORK_BITS[found.version]), strict=False)
        category = "net" if found.is_private else "public-net"
        place = self.one(f"{category}{'' if found.version == 4 else '6'}", str(network))
        last = int(found) - int(network.network_address)
        return self.note(f"{place}.{last}" if found.version == 4 else f"{place}::{self.one('at', str(last))}", text)


def is_public(name: str) -> bool:
    """Tell whether a name of the DNS is the same for everybody."""
    return name.lower().rstrip(".").endswith(tuple(f".{one}" for one in PUBLIC_DOMAINS)) or name in PUBLIC_DOMAINS


def is_given(name: str) -> bool:
    """Tell whether a name is alike on every farm."""
    return name.lower().strip() in GIVEN or name.lower().startswith("microsoft ")


def _natural(name: str) -> tuple[str, int, str]:
    head, _, number = name.rpartition("-")
    return (head, int(number), name) if number.isdecimal() else (name, 0, name)
