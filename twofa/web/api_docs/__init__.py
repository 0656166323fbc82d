"""The description of the API: a document for programs, a page for people."""
