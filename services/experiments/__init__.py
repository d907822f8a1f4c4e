"""The experiments as data: the parameters of each, its rows of results, and what a runner reports of a run."""
