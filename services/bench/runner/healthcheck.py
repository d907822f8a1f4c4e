"""Exits with 0 while the bench has its turns, whichever door it is: it looks at when the last one was."""

import sys
import time

from bench.runner.alive import ALIVE

SILENT = 30.0  # seconds: above the longest wait for the records (12 s), and half of what a person would wait


def main() -> None:
    try:
        silent = time.time() - ALIVE.stat().st_mtime
    except FileNotFoundError:
        sys.exit("The bench has not started yet.")
    if silent > SILENT:
        sys.exit(f"The bench has stalled for {silent:.0f} s.")


if __name__ == "__main__":
    main()
