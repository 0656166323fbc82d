"""Sentences, notice texts, SMS texts, emails and languages."""
