"""Every chain that a server can build for a certificate, and what is right and wrong with each."""
