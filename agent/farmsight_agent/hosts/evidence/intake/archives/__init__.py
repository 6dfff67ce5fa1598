"""Zip files, read in place: nothing is unpacked to disk, no more than one member at a time to memory."""
