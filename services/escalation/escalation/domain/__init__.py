"""Which line holds a ticket, and who must be told: pure rules over what was heard."""
