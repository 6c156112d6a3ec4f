"""The words of each notice, in Swedish and English; `python -m notifier.templates` shows and checks them."""
