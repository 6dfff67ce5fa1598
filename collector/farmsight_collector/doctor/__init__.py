"""What an operator would look at, one step after the other: each comes out, or says what to do."""
