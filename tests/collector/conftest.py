"""What tests of the collector share."""

from tests.fakes.stores import postgres_socket, postgres_url, store, store_url

__all__ = ["postgres_socket", "postgres_url", "store", "store_url"]
