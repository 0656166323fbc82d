"""Sign in with a password, the second step, register, reset, reauthenticate."""
