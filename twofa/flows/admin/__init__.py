"""What operators do: accounts, SMS, keys, retention, the verification API."""
