"""Tells people what opened, worsened and closed, once each."""
