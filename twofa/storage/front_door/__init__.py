"""The front door's rows: requests, one-use codes, and sessions at protected hosts."""
