"""Sessions and devices as rows."""
