"""Percentiles, and what a measurement came to."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table: milliseconds of `count` observations, or a single `value` with its unit."""

    name: str
    count: int
    p50: float = 0.0
    p99: float = 0.0
    value: str = ""

    @classmethod
    def of(cls, name: str, seconds: Sequence[float]) -> "Figure":
        """Percentiles of `seconds`, by nearest rank."""
        ordered = sorted(1000 * one for one in seconds)
        if not ordered:
            return cls(name, 0, value="nothing came")
        return cls(name, len(ordered), _rank(ordered, 0.5), _rank(ordered, 0.99))

    def shown(self) -> str:
        """For people."""
        return self.value or f"p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms"


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
