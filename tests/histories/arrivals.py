"""In which order news may arrive: each source in its own order, the sources anyhow, all at least twice."""

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

import orjson

from shared.events.envelope import Recorded
from shared.messaging.feed_format import from_json, to_json
from shared.messaging.order import Line
from shared.messaging.received import Received

Stream = Sequence[Recorded]


def interleaved(sources: Sequence[Stream], random: Random) -> list[Recorded]:
    """One order of arrival; now and then a source comes in one go.

    Every event comes once more, or twice, anywhere after its first time.
    """
    left = [list(source) for source in sources]
    arrived: list[Recorded] = []
    while any(left):
        source = random.choice([source for source in left if source])
        for _ in range(random.choice((1, 1, 2, len(source)))):
            if source:
                arrived.append(source.pop(0))
    return _repeated(arrived, random)


def _repeated(arrived: Sequence[Recorded], random: Random) -> list[Recorded]:
    places: list[tuple[float, Recorded]] = [(float(place), event) for place, event in enumerate(arrived)]
    for place, event in enumerate(arrived):
        for _ in range(random.choice((1, 1, 2))):
            places.append((random.uniform(place, len(arrived)), event))
    return [event for _, event in sorted(places, key=lambda found: found[0])]


def received(event: Recorded) -> Received:
    """`event` as it comes over the wire."""
    return from_json(orjson.dumps(to_json(event)))


def in_batches(
    arriving: Sequence[Sequence[Recorded]], random: Random
) -> Iterator[tuple[str, list[Recorded]]]:
    """What many tickets are told, as consumers have it: a batch is of one source, of all who have it next."""
    left = [deque(each) for each in arriving]
    sources = sorted({event.source for each in arriving for event in each})
    while any(left):
        random.shuffle(sources)
        for source in sources:
            batch = list[Recorded]()
            for each in left:
                while each and each[0].source == source and random.random() < 0.8:
                    batch.append(each.popleft())
            if batch:
                yield source, batch


class Inbox:
    """A consumer's way in, as `shared.messaging` has it: what it holds already is dropped."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, UUID], Line] = {}
        self._wire: dict[UUID, Received] = {}

    def accepts(self, event: Recorded) -> bool:
        """Whether `event` is the next of its source and ticket."""
        if event.id not in self._wire:
            self._wire[event.id] = received(event)
        return self._lines.setdefault((event.source, event.subject), Line()).offer(self._wire[event.id])


def taken_in(arriving: Sequence[Recorded]) -> list[Recorded]:
    """What a handler gets of it."""
    inbox = Inbox()
    return [event for event in arriving if inbox.accepts(event)]
