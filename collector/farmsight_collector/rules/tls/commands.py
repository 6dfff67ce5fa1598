"""Where Schannel's settings stand, and when they count. For printing, never for execution."""

from typing import Final

SCHANNEL: Final = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
QUIET: Final = "Restart-Computer  # at a quiet hour: Schannel reads its settings as it starts"
