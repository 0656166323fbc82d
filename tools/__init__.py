"""What the Makefile runs: the environment, the server on a laptop, the tests, the locks."""
