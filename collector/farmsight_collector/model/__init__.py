"""The farm as of an instant: what rules, topology and traces read."""
