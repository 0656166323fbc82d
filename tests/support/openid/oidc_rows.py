"""Rows of OpenID Connect, created by the functions of storage."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from support.openid.relying_party import NEW, REDIRECT

from twofa.domain.oidc.authorize_request import AuthorizeRequest
from twofa.storage.oidc import access_tokens, clients, codes, grants, requests
from twofa.storage.oidc.requests import StoredRequest

HOUR = timedelta(hours=1)


def fill(do: Callable[..., Any], session_id: int, now: datetime) -> None:
    """Create a client, a request, a code, an access token and a grant; ``do`` runs each function.

    The request, the code and the token live for an hour.
    """
    name, later = os.urandom(16).hex(), now + HOUR
    client = replace(NEW, client_id=name, name=name, created_at=now)
    client_row: int = do(clients.add, client, secret_digest=os.urandom(32))
    asked = AuthorizeRequest(
        redirect_uri=REDIRECT, scope="openid", state="made-up", nonce="", challenge="",
        prompt=frozenset(), max_age=None, acr_values="", login_hint="", created_at=now,
    )  # fmt: skip
    stored = StoredRequest(client_row, asked, subject="", chosen=False, expires_at=later)
    do(requests.add, os.urandom(32), stored)
    do(
        codes.add, os.urandom(32),
        client_row=client_row, session_id=session_id, redirect_uri=REDIRECT, scope="openid",
        nonce="", challenge="", expires_at=later,
    )  # fmt: skip
    do(
        access_tokens.add, os.urandom(32),
        client_row=client_row, session_id=session_id, scope="openid",
        code_digest=os.urandom(32), expires_at=later,
    )  # fmt: skip
    do(grants.note, session_id, client_row, subject=name, sid=name, now=now)
