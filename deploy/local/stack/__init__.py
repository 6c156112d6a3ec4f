"""Everything that a checkout needs on one machine: PostgreSQL, Kafka and the services, supervised.

`stack.postgres.PostgresServer` and `stack.kafka.KafkaServer` also stand alone, for tests that want real ones.
"""
