"""Linux: third-party reverse proxies in place of Web Application Proxy, and vantage points."""
