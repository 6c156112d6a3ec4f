"""What is searched: how a ticket was opened, and what people wrote on it.

Written when somebody writes, and not when a clock or a line changes: the words are most of what is indexed.
"""

from typing import TYPE_CHECKING

from projections.domain.changes import Changes
from shared.events.catalogue import BY_CLASS
from shared.events.ticket import CommentAdded, CustomerQuestioned, TicketOpened, TicketResolved

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

# A rebuild writes into tables of another schema; the function stays where it is.
_WORDS = """
INSERT INTO ticket_words AS t (ticket, tenant, named, said, said_internally)
SELECT w.ticket, w.tenant,
  CASE WHEN EXISTS (SELECT FROM ticket_words AS k WHERE k.ticket = w.ticket AND k.named IS NOT NULL) THEN NULL
    ELSE projections.search_words(w.name) || projections.search_words(w.description) END,
  projections.search_words(w.said), projections.search_words(w.said_internally)
FROM (
  SELECT ticket, tenant,
    string_agg(concat_ws(' ', data ->> 'number', data ->> 'external_ref', data ->> 'subject'), ' ')
      FILTER (WHERE type = $3) AS name,
    string_agg(coalesce(data ->> 'description', ''), ' ') FILTER (WHERE type = $3) AS description,
    string_agg(text, ' ' ORDER BY version DESC) FILTER (WHERE visibility = 'public') AS said,
    string_agg(text, ' ' ORDER BY version DESC) FILTER (WHERE visibility = 'internal') AS said_internally
  FROM timeline, coalesce(data ->> 'body', data ->> 'solution') AS text
  WHERE ticket = ANY ($1) AND source = '/intake' AND type = ANY ($2)
  GROUP BY ticket, tenant
) AS w
ON CONFLICT (ticket) DO UPDATE SET named = coalesce(t.named, EXCLUDED.named),
  said = EXCLUDED.said, said_internally = EXCLUDED.said_internally
  WHERE t.tenant = EXCLUDED.tenant
"""
_OPENED = BY_CLASS[TicketOpened].name
_WORDY = tuple(
    BY_CLASS[kind].name for kind in (TicketOpened, CommentAdded, CustomerQuestioned, TicketResolved)
)


async def write_words(connection: "Connection", changes: Changes) -> None:
    """Take the words anew, from the timeline as it is, of the tickets on which `changes` wrote some.

    The newest come first: of a very long conversation its end can be found.
    """
    if wrote := sorted({entry.ticket for entry in changes.timeline if entry.type in _WORDY}):
        await connection.execute(_WORDS, wrote, _WORDY, _OPENED)
