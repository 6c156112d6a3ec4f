"""The mail server and the seed files, as the service sees them."""
