"""The world outside that is neither a database nor an SMS provider."""
