"""Where raw facts come from: one package a platform, all behind `host.Host`."""
