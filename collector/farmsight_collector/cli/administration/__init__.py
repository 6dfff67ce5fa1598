"""The verbs of `farmsight-collector`: they work on the data folder, also while `serve` runs on it."""
