"""Drills: faults on purpose under a steady load, and what each of them costs whom."""
