"""Mail, queues, hashing, logs and metrics: what is outside, besides database and SMS providers."""
