"""`python -m lives.worker`: one hypothesis run with its own seed; tells what came of it, as JSON lines."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import httpx2
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from lives.life import AnyLife, Told

STEPS = 14
TELLS_EVERY = 10


def live(
    urls: Mapping[str, str],
    lives: int,
    *,
    numbered: int | None = None,
    shrink: bool = False,
    heard: Callable[[Told], None] = lambda _: None,
) -> Told:
    """Live that many lives, judge each, and call `heard` after each. Raises what a life failed with.

    `numbered`: the seed; without one, always the same lives. `shrink`: seek a smaller life that fails.
    """
    told = Told()
    with httpx2.Client(timeout=30, trust_env=False) as http:

        class Life(AnyLife):
            def teardown(self) -> None:
                super().teardown()
                heard(told)

        Life.urls, Life.http, Life.told = urls, http, told
        run_state_machine_as_test(
            Life if numbered is None else seed(numbered)(Life),
            settings=settings(
                max_examples=lives,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
                suppress_health_check=list(HealthCheck),
                derandomize=numbered is None,
                print_blob=False,
            ),
        )
    return told


def _line(out: TextIO, told: Told, error: str = "") -> None:
    print(
        json.dumps(
            {
                "lives": told.lives,
                "events": told.events,
                "answers": told.answers,
                "failed": told.failed[-1:],
                "error": error,
            }
        ),
        file=out,
        flush=True,
    )


def main(asked: dict[str, Any]) -> None:
    """As the one who started this process asks, in JSON."""
    # What hypothesis prints of a failing life is for the log: only what `_line` says is for the asker.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    latest = [Told()]

    def heard(told: Told) -> None:
        latest[0] = told
        if told.lives % TELLS_EVERY == 0:
            _line(out, told)

    error = ""
    try:
        live(asked["urls"], asked["lives"], numbered=asked["seed"], shrink=True, heard=heard)
    except BaseException as failure:
        error = f"{type(failure).__name__}: {failure}"[:2000]
    _line(out, latest[0], error)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
