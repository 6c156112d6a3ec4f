"""`python -m projections` serves; `python -m projections rebuild` builds the read models anew beside it."""

import sys

from projections.compose import run, run_rebuild
from projections.settings import ProjectionsSettings
from shared.runtime.serve import main

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main("projections", ProjectionsSettings, run)
        case ["rebuild"]:
            main("projections-rebuild", ProjectionsSettings, run_rebuild)
        case _:
            sys.exit("usage: python -m projections [rebuild]")
