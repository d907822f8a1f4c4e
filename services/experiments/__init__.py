"""The experiments as data: what each can be told, what its results are, and what a runner reports of a run."""
