"""One-time codes by message: issue, resend, verify; hosted codes; attempt limits; fraud guard."""
