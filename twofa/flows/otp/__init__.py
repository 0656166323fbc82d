"""One-time codes by message: issue, resend, verify; codes that providers host; fraud guard."""
