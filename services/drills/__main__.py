"""python -m drills"""

from drills.cli import main

main(prog_name="scripts/drills")
