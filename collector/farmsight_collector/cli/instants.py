"""What people type for an instant, on the command line."""

from farmsight_collector.instants import HELP, InstantError, is_word, parse

__all__ = ["HELP", "InstantError", "is_word", "parse"]
