"""The gateways of an installation, and the order in which a message tries them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from twofa.domain.policy import Policy
from twofa.domain.sms import gateway_routing
from twofa.domain.sms.gateway_routing import Record
from twofa.gateways.base import Gateway
from twofa.storage.delivery import message_status
from twofa.storage.delivery.messages import Claimed
from twofa.storage.engine.db import reading


@dataclass(repr=False)
class Router:
    """The operator's order of gateways for each country, adjusted by their recent results.

    The results are read again after some seconds: a thousand messages ask the database once.
    """

    policy: Policy
    gateways: Mapping[str, Gateway]
    usual: Sequence[str]
    hosted: str
    """The name of the provider that makes and checks its codes itself."""
    by_country: Mapping[str, Sequence[str]] = field(default_factory=dict)
    receipts: bool = True
    """False where providers can't reach us: given a laptop's address they'd refuse a message."""
    _seen: tuple[datetime, Mapping[str, Record]] | None = None

    def keeps_code(self, region: str) -> bool:
        """Return for a flow whether codes to this country are hosted by their provider."""
        return self.hosted in (self.by_country.get(region) or self.usual)

    def serves(self, region: str) -> bool:
        """Return for a flow whether a gateway serves this country."""
        return bool(self.by_country.get(region) or self.usual)

    def order(self, message: Claimed, now: datetime, *, only: str = "") -> list[Gateway]:
        """Return for a flow the gateways to try for this message, best first, or ``only`` one."""
        names = [only] if only else self.by_country.get(message.region) or self.usual
        if len(names) < 2:  # noqa: PLR2004 - one needs no order
            return [self.gateways[name] for name in names]
        with reading():
            unsure = message_status.unsure_of(message.challenge_id)
        ordered = gateway_routing.order(
            names, recent=self._recent(now), unsure=unsure, lot=_lot(message.id), policy=self.policy
        )
        return [self.gateways[name] for name in ordered]

    def _recent(self, now: datetime) -> Mapping[str, Record]:
        seen = self._seen
        if seen is None or not timedelta(0) <= now - seen[0] < self.policy.routing_look:
            with reading():
                records = message_status.recent(now - self.policy.routing_window)
            self._seen = seen = now, records
        return seen[1]


def _lot(message_id: str) -> float:
    number = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:6], "big")
    return number / 2**48
