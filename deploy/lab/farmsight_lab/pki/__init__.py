"""The lab's PKI: real keys, certificates and CRLs of a company's usual hierarchy."""
