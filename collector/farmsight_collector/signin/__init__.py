"""The sign-in path, hop by hop, and what becomes of one user's certificate on it."""
