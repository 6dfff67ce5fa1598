"""Lines over time that are worked out from facts and findings, beside those of samples: one file a source."""
