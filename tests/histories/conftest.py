"""`pytest tests/histories --hypothesis-profile=thorough` tries a thousand lives on each read model."""

from hypothesis import settings

settings.register_profile("thorough", max_examples=1000, deadline=None)
