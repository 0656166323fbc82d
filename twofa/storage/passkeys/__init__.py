"""Tables of passkeys and of open ceremonies."""
