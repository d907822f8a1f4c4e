"""What processes of tests are forked from: it has imported all of it once, and has none of the suite's threads."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["bench.runner.measurement", "tests.unit.databases"])  # two seconds each, otherwise
