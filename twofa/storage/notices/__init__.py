"""Notices and delayed mails as rows."""
