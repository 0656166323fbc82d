"""Roughly what a text message costs by country: an estimate, for the order of size alone.

Providers' prices differ and move; theirs is the only list that counts.
"""

CLASSES = {
    "low": frozenset({"CA", "IN", "PR", "US"}),
    "high": frozenset(
        {"AZ", "BD", "BY", "EG", "ET", "ID", "IQ", "JO", "KZ", "LK", "MG", "MM", "NG", "NP"}
        | {"PK", "PS", "RU", "SN", "TJ", "TN", "TZ", "UZ", "YE", "ZM"}
    ),
}
RANGES = {
    "low": "below 2 US cents",
    "middle": "2 to 10 US cents",
    "high": "above 10 US cents",
}
"""For one segment, the carriers' surcharges left out."""


def cost_class(region: str) -> str:
    """Give the class of a country's messages: low, middle or high."""
    return next((name for name, regions in CLASSES.items() if region in regions), "middle")
