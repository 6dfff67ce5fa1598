"""The questions of `farmsight`, one file each."""
