"""What is to be expected, worked out from what was: pure, each time the same, told with its spread or not at all."""
