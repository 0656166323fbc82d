"""Notices to owners: queue, compose, alert; emails to unconfirmed addresses."""
