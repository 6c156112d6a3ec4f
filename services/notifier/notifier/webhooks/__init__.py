"""Events by HTTP to whoever asked for them, signed by the Standard Webhooks specification."""
