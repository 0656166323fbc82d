"""The file of everything that is stored about an account, for its owner."""

from datetime import UTC, datetime
from typing import Any

from twofa.domain.events import Event
from twofa.domain.passkeys.passkey import CredentialKind
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import reading, transaction
from twofa.storage.front_door import host_sessions
from twofa.storage.front_door.host_sessions import ListedHost
from twofa.storage.oidc import grants
from twofa.storage.oidc.grants import ListedClient
from twofa.storage.reports import account_data
from twofa.storage.reports.account_data import AccountData
from twofa.storage.sessions import trusted_devices
from twofa.storage.two_factor import factors

FORMAT = 1
"""The file's version; raised when a name in it changes or goes."""


def export(services: Services, caller: Caller, sign_in: SignIn) -> dict[str, Any]:
    """Export an account's data for its owner, by name, times in UTC (ISO 8601), and notify them.

    The notice itself isn't in it yet. docs/privacy.md explains every name.
    """
    now, user_id = services.clock(), sign_in.person.id
    with reading():
        person = users.by_id(user_id)
        stored_data = account_data.of(user_id, now)
        second_factors = factors.load(user_id, services.sealer, services.rp_id)
        trusted = trusted_devices.living(user_id, now)
        hosts = host_sessions.listed(user_id, now)
        clients = grants.listed(user_id, now)
    with transaction():
        tell(services, caller, user_id=user_id, event=Event.DATA_EXPORTED, now=now)
    return {
        "format": FORMAT,
        "site": services.public_url,
        "made_at": _when(now),
        "account": _account(person) if person else None,
        "factors": [
            {
                "kind": one.kind,
                "number": second_factors.number if one.kind == factors.SMS else None,
                "confirmed_at": _when(one.confirmed_at),
                "switched_off_at": _when(one.off_at),
            }
            for one in stored_data.factors
        ],
        "passkeys": [_passkey(one) for one in stored_data.passkeys],
        "recovery_codes_left": second_factors.codes_left,
        "sessions": [_session(one, sign_in.id) for one in stored_data.sessions],
        "devices": [{"last_sign_in_at": _when(one.seen_at)} for one in stored_data.devices],
        "remembered_browsers": [
            {
                "since": _when(one.created_at),
                "last_used_at": _when(one.used_at),
                "ends_at": _when(one.expires_at),
                "address": one.address,
                "browser": one.browser,
            }
            for one in trusted
        ],
        "apps": _apps(hosts, clients),
        "events": [
            {"at": _when(one.at), "event": one.tag, "address": one.address, "browser": one.browser}
            for one in stored_data.events
        ],
        "messages": [_message(one) for one in stored_data.messages],
        "waiting": _waiting(stored_data),
    }


def _account(person: User) -> dict[str, Any]:
    return {
        "id": person.public_id,
        "email": person.email,
        "email_confirmed_at": _when(person.email_confirmed_at),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role,
        "has_password": person.password_hash is not None,
        "two_factor_since": _when(person.twofa_since),
        "recovery_codes_unsaved_since": _when(person.codes_unsaved_since),
        "created_at": _when(person.created_at),
    }


def _passkey(row: Any) -> dict[str, Any]:
    return {
        "name": row.nickname,
        "kind": (CredentialKind.PASSKEY if row.verified else CredentialKind.SECURITY_KEY).value,
        "site": row.rp_id,
        "in_password_manager": row.backed_up,
        "created_at": _when(row.created_at),
        "last_used_at": _when(row.used_at),
        "address": row.address,
        "browser": row.browser,
    }


def _session(row: Any, this: int) -> dict[str, Any]:
    return {
        "is_this": row.id == this,
        "methods": row.methods.split(),
        "began_at": _when(row.created_at),
        "second_step_at": _when(row.second_step_at),
        "last_used_at": _when(row.seen_at),
        "ends_at": _when(row.expires_at),
        "remembered": row.remembered,
        "address": row.address,
        "browser": row.browser,
        "time_zone": row.time_zone,
    }


def _apps(hosts: list[ListedHost], clients: list[ListedClient]) -> list[dict[str, Any]]:
    seen = [({"host": one.host}, one.created_at, one.seen_at, one.browser) for one in hosts]
    used = [({"client": one.name}, one.created_at, one.used_at, one.browser) for one in clients]
    return [
        {**named, "since": _when(since), "last_used_at": _when(last), "browser": agent}
        for named, since, last, agent in (*seen, *used)
    ]


def _message(row: Any) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "country": row.region,
        "state": row.state,
        "reason": row.reason,
        "provider": row.gateway,
        "written_at": _when(row.created_at),
        "settled_at": _when(row.settled_at),
    }


def _waiting(stored_data: AccountData) -> dict[str, Any]:
    return {
        "addresses": [
            {"email": r.email, "asked_at": _when(r.created_at), "expires_at": _when(r.expires_at)}
            for r in stored_data.addresses
        ],
        "links": [
            {"kind": r.kind, "made_at": _when(r.created_at), "expires_at": _when(r.expires_at)}
            for r in stored_data.links
        ],
    }


def _when(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
