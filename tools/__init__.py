"""The Makefile's programs: environment, server on a laptop, tests, locks."""
