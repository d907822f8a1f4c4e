"""The experiments: what is sent, what is measured of it, and what it comes to."""
