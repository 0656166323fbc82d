"""Notices to owners: queue, compose, alert, and mails to unconfirmed addresses."""
