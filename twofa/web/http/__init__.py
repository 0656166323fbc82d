"""Guard, host and origin checks, headers, limits, error pages, setup."""
