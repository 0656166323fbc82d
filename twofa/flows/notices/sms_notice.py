"""The text message that tells a number that it was replaced: no code, no link."""

from datetime import datetime

from twofa.domain.events import Event
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.sms import phones
from twofa.flows import outbox
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.limits import send_limits


def changed(
    services: Services, caller: Caller, *, user_id: int, old: str, has_mail: bool, now: datetime
) -> None:
    """Notify the old number by text message, in the open transaction, that another replaced it.

    Not where the day's send limit is reached: the email says it in any case. Nor where the provider
    hosts the codes, since it can send nothing else.
    """
    region = phones.region_of(old)
    if services.router.keeps_code(region):
        return
    charge = Charge(services.policy.daily_sends, "all")
    if send_limits.take([charge], secret=services.keys.counting, now=now) is not None:
        record(Event.NOTICE_REFUSED, caller=caller, user_id=user_id, now=now, detail="day")
        return
    outbox.put(
        services, {"to": old, "text": services.letters.number_changed(has_mail=has_mail)},
        channel="sms", user_id=user_id, region=region,
        now=now, expires_at=now + services.policy.notice_lifetime,
    )  # fmt: skip
