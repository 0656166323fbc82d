"""The outbox: a message is a row first, in the transaction of what it reports, and sent later."""

import json
from datetime import datetime
from typing import Any

from twofa.domain import labels
from twofa.domain.sessions import tokens
from twofa.flows.context import Services
from twofa.storage.delivery import messages
from twofa.storage.delivery.messages import Claimed
from twofa.storage.engine.db import after_commit


def put(
    services: Services,
    payload: dict[str, str],
    *,
    channel: str,
    now: datetime,
    expires_at: datetime,
    user_id: int | None = None,
    challenge_id: str | None = None,
    region: str = "",
    sends_at: datetime | None = None,
    undisclosed: bool = False,
    hands_over: bool = True,
) -> str:
    """Queue a flow's message in its open transaction; return its id. It is sent after the commit.

    One with a later ``sends_at`` is left to the sweep. ``hands_over`` is false where the caller
    sends it itself.
    """
    message_id = tokens.name(services.random)
    messages.queue(
        message_id=message_id,
        channel=channel,
        user_id=user_id,
        challenge_id=challenge_id,
        region=region,
        sealed=services.sealer.seal(
            json.dumps(payload, ensure_ascii=False), about=labels.message(message_id)
        ),
        now=now,
        expires_at=expires_at,
        sends_at=sends_at,
        undisclosed=undisclosed,
    )
    if sends_at is not None and sends_at > now:
        after_commit(services.keep_sweeping)
    elif hands_over:
        after_commit(lambda: services.send_later(message_id))
    return message_id


def payload_of(services: Services, claimed: Claimed) -> dict[str, Any]:
    """Return to a flow the decrypted payload of a claimed message. Raise SealingKeyLost."""
    payload: dict[str, Any] = json.loads(
        services.sealer.open(claimed.sealed, about=labels.message(claimed.id))
    )
    return payload
