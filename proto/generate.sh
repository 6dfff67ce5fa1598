#!/bin/sh
# Writes the Python of every .proto beside it. Run by `make wire`.
set -eu
cd "$(dirname "$0")"
python -m grpc_tools.protoc -I. \
  --python_out=. --grpc_python_out=. --mypy_out=. --mypy_grpc_out=. \
  farmsight_wire/v1/*.proto
