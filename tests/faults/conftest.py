"""What tests of faults share."""

from tests.fakes.stores import postgres_socket, postgres_url

__all__ = ["postgres_socket", "postgres_url"]
