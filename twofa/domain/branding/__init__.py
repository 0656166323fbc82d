"""The operator's brand: a logo that is safe to serve, and the contact as a link."""
