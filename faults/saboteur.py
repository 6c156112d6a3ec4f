"""`python -m faults.saboteur <bug> <service>`: plants the bug in this process, then runs the service."""

import runpy
import sys

from faults.plants import PLANTS

if __name__ == "__main__":
    _, bug, service = sys.argv
    PLANTS[bug].plant()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)
