"""What text messages cost, by and large: for the operator's overview, never for a decision."""

DEAR = 0.30
USUAL = 0.08
"""A country that isn't named: most of the world lies between 4 and 15 cents."""
CLASSES = {
    0.01: "US CA PR",
    0.05: "AU AT BR CY CZ DK EE ES FI GB GR HK IE IT JP KR LT LV MX NO NZ PL PT SE SG SI SK TH",
    0.10: "BE CH DE FR HR HU IL IN LU NL RO TR UA ZA",
    DEAR: "AF AZ BD BY DZ EG ET ID IQ IR JO KE KG KZ LK MG MM NG NP PK PS RU SN TJ TM TN TZ UZ VN "
    "YE ZM",
}
WORDS = {
    0.02: "low (below 2 US cents a segment, a rough estimate)",
    0.10: "middle (2 to 10 US cents a segment, a rough estimate)",
    DEAR: "high (above 10 US cents a segment, a rough estimate)",
}
_BY_REGION = {region: price for price, regions in CLASSES.items() for region in regions.split()}


def of_part(region: str) -> float:
    """Estimate what one part of a message to this region costs, in US dollars.

    These are rough classes after the public price lists of the four providers: they tell a
    bill of ten dollars from one of a thousand. Only the provider's invoice says what is paid.
    """
    return _BY_REGION.get(region, USUAL)


def in_words(region: str) -> str:
    """Give the class of a region's price: low, middle or high, and what that means."""
    return next(words for most, words in WORDS.items() if of_part(region) <= most)
