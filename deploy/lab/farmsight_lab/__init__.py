"""A farm in a box: real PKI, real servers with faults at will, real agents."""
