"""Tables of attempt limits, send limits and failure counts."""
