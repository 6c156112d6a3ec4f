"""Reads what anyone may read: topics, feeds, read model, previews, mailbox."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx2
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from faults.evidence import TOPICS, Arrival, Event, Mail, instant

PAGE = 1000
SUPPORT = {"Authorization": "Bearer local-agent"}
SERVICE = {"Authorization": "Bearer local-service"}
_REQUIRED = (
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_recordedtime"),
    *("ce_dataschema", "ce_streamversion", "ce_correlationid", "content-type"),
)


class Topics:
    """Follows the four topics from their beginning; `catch_up` reads on to their present ends."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "checker",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "log_level": 0,
            }
        )
        known = self._consumer.list_topics(timeout=20).topics
        self._parts = [
            TopicPartition(topic, number, OFFSET_BEGINNING)
            for topic in TOPICS.values()
            for number in known[topic].partitions
        ]
        self._consumer.assign(self._parts)
        self.arrivals: list[Arrival] = []
        self._next = {(part.topic, part.partition): 0 for part in self._parts}

    def catch_up(self) -> int:
        """Read to the ends as they are now; returns how many records there are."""
        ends = {
            (part.topic, part.partition): self._consumer.get_watermark_offsets(part, timeout=20)[1]
            for part in self._parts
        }
        while any(self._next[at] < end for at, end in ends.items()):
            for message in self._consumer.consume(2000, timeout=5):
                if message.error() is not None:
                    continue
                at = (str(message.topic()), int(message.partition() or 0))
                self._next[at] = int(message.offset() or 0) + 1
                self.arrivals.append(arrival_of(message))
        return len(self.arrivals)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()


def arrival_of(message: Any) -> Arrival:
    """A record in the binary mode of the CloudEvents Kafka binding."""
    headers = {name: value.decode() for name, value in message.headers() or []}
    document = {name.removeprefix("ce_"): value for name, value in headers.items()}
    event = event_of(document | {"data": json.loads(message.value())})
    missing = tuple(name for name in _REQUIRED if name not in headers)
    key = (message.key() or b"").decode()
    return Arrival(event, message.topic(), message.partition(), message.offset(), key, missing)


def event_of(document: dict[str, Any]) -> Event:
    """A CloudEvent in its structured form."""
    return Event(
        source=document["source"],
        subject=document["subject"],
        version=int(document["streamversion"]),
        id=document["id"],
        type=document["type"].partition(".v")[0],
        time=instant(document["time"]),
        recorded_at=instant(document["recordedtime"]),
        data=document["data"],
    )


async def feed(http: httpx2.AsyncClient, url: str, since: str | None = None) -> list[Event]:
    """Every event of a service's tickets, page by page; `since`: only of subjects changed from then on.

    What a service says of anything else stands in the same feed, at a source that is not looked at here.
    """
    found: list[Event] = []
    query: dict[str, Any] = {"limit": PAGE} | ({"changed_since": since} if since else {})
    while True:
        answer = await http.get(f"{url}/v1/events", params=query, headers=SERVICE)
        answer.raise_for_status()
        page = answer.json()
        found += [event_of(document) for document in page["items"] if document["source"] in TOPICS]
        if not page["next_cursor"]:
            return found
        query["cursor"] = page["next_cursor"]


async def shown(http: httpx2.AsyncClient, url: str, tickets: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The read model's answer for each ticket; one that is not there is left out."""
    gate = asyncio.Semaphore(8)

    async def one(ticket: str) -> tuple[str, dict[str, Any] | None]:
        async with gate:
            answer = await http.get(f"{url}/v1/tickets/{ticket}", headers=SUPPORT)
        return ticket, answer.json() if answer.status_code == 200 else None

    answers = await asyncio.gather(*map(one, tickets))
    return {ticket: document for ticket, document in answers if document is not None}


async def previews(
    http: httpx2.AsyncClient, url: str, opened: Iterable[Event]
) -> dict[str, list[dict[str, Any]]]:
    """What deadlines the engine promises for tickets like these, a hundred at a time."""
    tickets, found = list(opened), dict[str, list[dict[str, Any]]]()
    for start in range(0, len(tickets), 100):
        some = tickets[start : start + 100]
        bodies = [
            {
                "contract": event.data["contract"]["id"],
                "priority": event.data["priority"],
                "registered_at": event.data["registered_at"],
            }
            for event in some
        ]
        answer = await http.post(f"{url}/v1/deadlines/preview", json=bodies, headers=SUPPORT)
        answer.raise_for_status()
        for event, promised in zip(some, answer.json(), strict=True):
            found[event.subject] = promised["deadlines"]
    return found


async def mails(http: httpx2.AsyncClient, url: str) -> list[Mail]:
    """The caught mail."""
    answer = await http.get(f"{url}/local/mail", headers=SUPPORT, timeout=120)
    answer.raise_for_status()
    found = []
    for message in answer.json():
        headers = {name.lower(): value for name, value in dict(message["headers"]).items()}
        to = message["to"]
        text = f"{message['text']}\n{message['html']}"
        found.append(
            Mail(
                to[0] if isinstance(to, list) else to,
                str(headers.get("message-id")),
                message["subject"],
                text,
            )
        )
    return found
