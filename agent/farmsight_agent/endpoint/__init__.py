"""Looking at a TLS endpoint from outside: connection, handshakes, one request."""
