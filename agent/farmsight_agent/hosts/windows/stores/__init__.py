"""What certificate stores and URL caches keep, element by element; of Windows only the registry's reader is asked."""
