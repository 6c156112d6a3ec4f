"""The mail server's side."""
