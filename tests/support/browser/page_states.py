"""Every page in each of its states, and how to open it."""

from support.browser.account_pages import ACCOUNT_PAGES
from support.browser.guide import PageState
from support.browser.phone_pages import PHONE_PAGES
from support.browser.sign_in_pages import SIGN_IN_PAGES

PAGES: dict[str, PageState] = SIGN_IN_PAGES | ACCOUNT_PAGES | PHONE_PAGES
"""Name of the page and its state -> its heading, and the way there."""
