"""python -m bench."""

from bench.cli.commands import main

if __name__ == "__main__":  # the process that measures imports this module again
    main(prog_name="bench")
