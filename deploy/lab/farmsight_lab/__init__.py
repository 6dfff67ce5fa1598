"""A farm in a box: real PKI, real servers with faults at will, real agents."""

import os

# The lab forks before it starts each program; gRPC's own handler of forks then polls closed descriptors.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
