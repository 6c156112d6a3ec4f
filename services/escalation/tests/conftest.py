"""`pytest services/escalation --hypothesis-profile=thorough` tries a thousand histories of each property."""

from hypothesis import settings

settings.register_profile("thorough", max_examples=1000, deadline=None)
