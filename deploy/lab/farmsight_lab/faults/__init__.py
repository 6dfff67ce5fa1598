"""What can be wrong in the lab, one typed fault a condition; scenarios are made of these."""
