"""`python -m projections` serves; `python -m projections rebuild` builds the read models anew beside it."""

import sys

import uvloop

from projections.compose import run
from projections.rebuild import rebuild
from projections.settings import ProjectionsSettings
from shared.runtime import logs
from shared.runtime.settings import load

if __name__ == "__main__":
    settings = load(ProjectionsSettings)
    logs.configure("projections", settings.log_level)
    match sys.argv[1:]:
        case []:
            uvloop.run(run(settings))
        case ["rebuild"]:
            uvloop.run(rebuild(settings))
        case _:
            sys.exit("usage: python -m projections [rebuild]")
