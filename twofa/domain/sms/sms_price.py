"""Approximate prices of text messages: for the operator's overview, never for a decision."""

DEAR = 0.30
USUAL = 0.08
"""The price for a country not listed: most lie between 4 and 15 cents."""
CLASSES = {
    0.01: "US CA PR",
    0.05: "AU AT BR CY CZ DK EE ES FI GB GR HK IE IT JP KR LT LV MX NO NZ PL PT SE SG SI SK TH",
    0.10: "BE CH DE FR HR HU IL IN LU NL RO TR UA ZA",
    DEAR: "AF AZ BD BY DZ EG ET ID IQ IR JO KE KG KZ LK MG MM NG NP PK PS RU SN TJ TM TN TZ UZ VN "
    "YE ZM",
}
WORDS = {
    0.02: "low (below 2 US cents per segment, estimated)",
    0.10: "medium (2 to 10 US cents per segment, estimated)",
    DEAR: "high (above 10 US cents per segment, estimated)",
}
_BY_REGION = {region: price for price, regions in CLASSES.items() for region in regions.split()}


def of_part(region: str) -> float:
    """Compute the estimated price of one text message segment to this region, in US dollars.

    It is one of a few rough classes from the public price lists of the four providers, enough to
    tell a bill of ten dollars from one of a thousand; the provider's invoice decides.
    """
    return _BY_REGION.get(region, USUAL)


def in_words(region: str) -> str:
    """Compute a region's price class for text messages, "low" to "high", with its meaning."""
    return next(words for most, words in WORDS.items() if of_part(region) <= most)
