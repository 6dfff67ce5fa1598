"""The lab farm as plain data: healthy to begin with, changed by faults, written out as evidence."""
