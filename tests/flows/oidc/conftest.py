"""A client of OpenID Connect, and browsers of people who are signed in."""

import pytest
from support.openid.relying_party import register
from support.stories.front_door import Visitor, visitor_of


@pytest.fixture
def party(site):
    """Return a registered client."""
    return register(site)


@pytest.fixture
def ada(site):
    """Return Ada's browser."""
    return visitor_of(site, site.ada)


@pytest.fixture
def carol(site):
    """Return Carol's browser, who has no second factor."""
    return visitor_of(site, site.carol)


@pytest.fixture
def guest(site):
    """Return a browser of nobody's."""
    return Visitor(site, site.stranger().address)
