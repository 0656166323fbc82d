"""Another program that has numbers verified: it sends codes and checks them."""

from support.stories.api_program import Program, key_in


def send(program, phone, **more):
    """Ask for a code; what begins with a capital letter is a header."""
    headers = {name: more.pop(name) for name in list(more) if name[0].isupper()}
    return program.post("send-otp", {"phoneNumber": phone, **more}, **headers)


def verify(program, phone, pin, **more):
    """Send the code that somebody typed."""
    return program.post("verify-otp", {"phoneNumber": phone, "pin": pin, **more})


def shop_in_town(town):
    """Return a program with the one key of a town."""
    if not hasattr(town, "shop_key"):
        town.shop_key = key_in(town.world, "of the town")
    return Program(town.world, token=town.shop_key)
