"""What processes of tests are forked from: it has imported all of it once, and has none of the suite's threads."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(  # two seconds each, otherwise
    ["bench.runner.measurement", "bench.experiments.race", "tests.unit.databases", "tests.unit.tiny_experiments"]
)
