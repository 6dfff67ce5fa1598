"""Packages tried on a real Debian: made by debootstrap's kin, booted by its own systemd, apart from this machine."""
