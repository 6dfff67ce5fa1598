"""`netsh http show sslcert`: thirteen rows a binding before Windows Server 2016, more since."""

from typing import Final

from farmsight_lab.captured.languages.words import NetshWords
from farmsight_lab.captured.plan import Windows
from farmsight_lab.farm.state import Binding

_WIDTH: Final = 28
_EXTENDED: Final = (
    (("PropertyId", "0"), ("Receive Window", "1048576")),
    (("PropertyId", "1"), ("Max Settings Per Frame", "2796202"), ("Max Settings Per Minute", "4294967295")),
)


def text(bindings: list[Binding], words: NetshWords, system: Windows) -> str:
    """Return what is printed of the TLS bindings."""
    lines = ["", words.bindings, "-" * len(words.bindings.strip()), ""]
    for binding in bindings:
        rows = [(_key_label(binding.key, words), binding.key), *zip(words.rows, _values(binding, words), strict=True)]
        lines += [f"    {label:<{_WIDTH}} : {value}" for label, value in rows[: system.binding_rows]]
        if system.extended_properties:
            lines += _extended()
        lines.append("")
    return "\r\n".join(lines) + "\r\n"


def _key_label(key: str, words: NetshWords) -> str:
    address = key.rpartition(":")[0].strip("[]").replace(".", "").replace(":", "")
    return words.by_address if address.isdigit() or not address else words.by_name


def _values(binding: Binding, words: NetshWords) -> list[str]:
    def flag(value: bool) -> str:
        return words.enabled if value else words.disabled

    first = [
        binding.thumbprint,
        binding.application,
        binding.store or "(null)",
        flag(binding.verify_revocation),
        flag(binding.cached_only),
        flag(binding.usage_check),
        "0",
        "0",
        "(null)",
        binding.ctl_store or "(null)",
        flag(binding.ds_mapper),
        flag(binding.negotiate),
        words.disabled,
    ]
    return first + [words.not_set] * (len(words.rows) - len(first))


def _extended() -> list[str]:
    lines = []
    for properties in _EXTENDED:
        lines.append("    Extended Properties:")
        lines += [f"        {label:<{_WIDTH}} : {value}" for label, value in properties]
    return lines
