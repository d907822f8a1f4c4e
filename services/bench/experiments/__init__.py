"""What the bench does with each experiment, one module each: run, summarise, sentences, table, and what to draw.

A module has the name of the one in `experiments` that it belongs to, and a `SCENARIO`.
"""
