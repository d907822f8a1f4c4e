"""What the lessons claim of their runs: a module each, by the lesson's name, with a function per run in `CLAIMS`."""
