"""The version of the installed distribution."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("farmsight")
except PackageNotFoundError:  # run from a tree that is not installed
    VERSION = "0"
