"""The topics held against the owners' feeds: the same events, each under one id, in order."""

from collections import defaultdict
from collections.abc import Iterator

from faults.evidence import TOPICS, Arrival, Event, Evidence

At = tuple[str, str, int]


def _at(event: Event) -> At:
    return event.source, event.subject, event.version


def _firsts(evidence: Evidence) -> dict[At, Arrival]:
    found: dict[At, Arrival] = {}
    for arrival in evidence.arrivals:
        found.setdefault(_at(arrival.event), arrival)
    return found


def streams_have_no_gaps(evidence: Evidence) -> Iterator[str]:
    """Each stream of a feed is numbered 1, 2, 3 …"""
    for (source, subject), stream in evidence.streams.items():
        versions = [event.version for event in stream]
        if versions != list(range(1, len(versions) + 1)):
            yield f"{source} {subject}: {versions}"


def published_as_stored(evidence: Evidence) -> Iterator[str]:
    """Every stored event is on its topic with the same attributes and data, keyed by its subject."""
    firsts = _firsts(evidence)
    for events in evidence.feeds.values():
        for event in events:
            arrival = firsts.get(_at(event))
            if arrival is None:
                yield f"{event.source} {event.subject} v{event.version} {event.type} is not on Kafka"
            elif arrival.event != event:
                wrong = [n for n in Event.__slots__ if getattr(arrival.event, n) != getattr(event, n)]
                yield f"{event.source} {event.subject} v{event.version} differs on Kafka: {wrong}"
            elif arrival.key != event.subject or arrival.topic != TOPICS[event.source] or arrival.missing:
                wrong = [arrival.topic, arrival.key, *arrival.missing]
                yield f"{event.source} {event.subject} v{event.version}: topic, key, missing headers {wrong}"


def nothing_published_unstored(evidence: Evidence) -> Iterator[str]:
    """Nothing is on a topic that its owner does not have."""
    stored = {_at(event) for events in evidence.feeds.values() for event in events}
    for at, arrival in _firsts(evidence).items():
        if at not in stored:
            yield f"{at} {arrival.event.type} on {arrival.topic}/{arrival.partition}@{arrival.offset}"


def one_id_per_version(evidence: Evidence) -> Iterator[str]:
    """A record may come again, but only as the same event: one ce_id per (source, subject, version)."""
    ids, places = defaultdict[At, set[str]](set), defaultdict[str, set[At]](set)
    for arrival in evidence.arrivals:
        ids[_at(arrival.event)].add(arrival.event.id)
        places[arrival.event.id].add(_at(arrival.event))
    yield from (f"{at} came as {sorted(found)}" for at, found in ids.items() if len(found) > 1)
    yield from (f"id {one} stands for {sorted(found)}" for one, found in places.items() if len(found) > 1)


def first_in_version_order(evidence: Evidence) -> Iterator[str]:
    """First occurrences come as 1, 2, 3 … per ticket and source."""
    last = defaultdict[tuple[str, str], int](int)
    for arrival in _firsts(evidence).values():
        event = arrival.event
        if event.version != last[event.source, event.subject] + 1:
            before = last[event.source, event.subject]
            yield f"{event.source} {event.subject}: v{event.version} came after v{before}"
        last[event.source, event.subject] = max(last[event.source, event.subject], event.version)


def one_partition_per_ticket(evidence: Evidence) -> Iterator[str]:
    """A ticket has the same partition on every topic."""
    found = defaultdict[str, set[int]](set)
    for arrival in evidence.arrivals:
        found[arrival.event.subject].add(arrival.partition)
    for subject, partitions in found.items():
        if len(partitions) > 1:
            yield f"{subject}: partitions {sorted(partitions)}"
