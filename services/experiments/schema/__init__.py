"""What experiments are made of: workloads, parameters, rows, and what a runner reports of a run."""
