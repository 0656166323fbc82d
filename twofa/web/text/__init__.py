"""Sentences, notice texts, SMS texts, mails, languages."""
