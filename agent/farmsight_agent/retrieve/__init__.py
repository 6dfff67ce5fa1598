"""One fetch of one URL: CRL, delta CRL, issuer's certificate or OCSP, and what came of it."""
