"""Exits with 0 while the queue worker has its turns: it looks at when it had the last one."""

import sys
import time

from bench.worker import ALIVE

SILENT = 30.0  # seconds: above the longest wait for the records (12 s), and half of what a person would wait


def main() -> None:
    try:
        silent = time.time() - ALIVE.stat().st_mtime
    except FileNotFoundError:
        sys.exit("The worker has not started yet.")
    if silent > SILENT:
        sys.exit(f"The worker has had no turn for {silent:.0f} s.")


if __name__ == "__main__":
    main()
