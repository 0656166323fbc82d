"""Sign-in, registration and the pages around them."""
