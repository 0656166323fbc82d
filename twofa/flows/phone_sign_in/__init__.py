"""Sign in and sign up by phone."""
