"""Runs experiments against the contenders, and tells the truth about them."""
