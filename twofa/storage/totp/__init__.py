"""The table of enrolments of authenticator apps."""
