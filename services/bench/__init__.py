"""Runs experiments against the contenders, and warns where their figures are not valid."""
