"""`python -m projections.paper < job > record.pdf`: prints one record. `check`: says what this machine lacks.

Exits with 0, or with CANNOT_PRINT and one line on stderr that says what to install.
"""

import os
import resource
import sys

import msgspec

from projections.paper.job import CANNOT_PRINT, MEMORY, SECONDS, Job
from projections.paper.rendering import CannotPrint, html, pdf
from projections.paper.sheet import sheet


def main(arguments: list[str]) -> int:
    """Print the job on stdin, or a blank page to see that it can be done."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    try:
        if arguments == ["check"]:
            pdf("<html lang='en'><title>Blank</title><p>Å")
        else:
            job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
            sys.stdout.buffer.write(pdf(html(sheet(job.record, job.language, job.printed))))
    except CannotPrint as reason:
        sys.stderr.write(f"{reason}\n")
        return CANNOT_PRINT
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
