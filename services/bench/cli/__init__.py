"""The command line: options, progress, tables and pictures in a terminal."""
