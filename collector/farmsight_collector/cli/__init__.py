"""The verbs of `farmsight` and `farmsight-collector`."""
