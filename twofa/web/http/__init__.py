"""Guard, host and origin checks, security headers, rate limits, error pages and their setup."""
