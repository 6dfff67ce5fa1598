"""What Windows' own tools print, by display language: one module a language, all listed in `catalogue`."""
