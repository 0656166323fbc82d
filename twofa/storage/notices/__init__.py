"""Tables of waiting notices and mail queues."""
