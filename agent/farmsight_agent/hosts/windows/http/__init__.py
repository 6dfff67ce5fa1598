"""What http.sys is configured with, decoded: records, flags, descriptors, and what the registry keeps of them."""
