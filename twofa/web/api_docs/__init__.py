"""The documentation of the API: an OpenAPI document and a page."""
