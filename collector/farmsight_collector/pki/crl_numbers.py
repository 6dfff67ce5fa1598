"""CRL numbers (RFC 5280 5.2.3) as facts spell them."""


def crl_number(text: str) -> int | None:
    """Return the number that the hexadecimal digits stand for; None where there is none, or none that can be read."""
    try:
        return int(text, 16)
    except ValueError:
        return None
