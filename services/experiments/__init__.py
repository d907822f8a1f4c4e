"""The experiments as data, one module each: its parameters and the rows of its results, which is all the records need.

To add one: a module here with an `EXPERIMENT`, and a module of the same name in `bench/experiments` with a `SCENARIO`.
`experiments.registry` finds the first, `bench.experiments.registry` the second; nothing else names them.
"""
