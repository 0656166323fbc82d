"""Sign-in for applications behind a proxy: the check, the way to other hosts, and back out."""
