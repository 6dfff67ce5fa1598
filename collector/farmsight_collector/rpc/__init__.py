"""The collector's gRPC services: one servicer a file."""
