"""tags of events in the words of the OWASP Logging Vocabulary; 64-bit ids of events and notices.

Each stored tag is renamed once, and nothing reads the old ones; so are two reasons of messages. A notice that waits to be mailed
holds its tag encrypted, out of reach of SQL: the program leaves one with an old tag unmailed, and
drops it after a day. Notices wait half a minute, and the event itself is in the history.

The way down is refused by the database where an id no longer fits in 32 bits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TAGS = {
    "account:registration:asked": "registration_requested",
    "account:registration:completed": "user_created",
    "operator:account:created": "user_created_by_operator",
    "account:phone:registered": "user_created_by_phone",
    "account:profile:changed": "user_updated",
    "operator:account:disabled": "user_disabled",
    "operator:account:enabled": "user_enabled",
    "account:account:deleted": "user_deleted",
    "account:data:exported": "data_exported",
    "account:session:opened": "authn_login_success",
    "account:password:wrong": "authn_login_fail",
    "account:password:rests": "authn_login_lock",
    "account:device:new": "authn_login_new_device",
    "account:session:ended": "authn_logout",
    "account:password:changed": "authn_password_change",
    "operator:key:made": "authn_token_created",
    "operator:key:revoked": "authn_token_revoked",
    "account:password:right": "password_success",
    "account:password:right-at-last": "password_success_after_fail",
    "account:reset:asked": "password_reset_requested",
    "account:password:reset": "password_reset",
    "account:wasntme:used": "takeover_reported",
    "account:proof:given": "reauthentication_success",
    "account:proof:wrong": "reauthentication_fail",
    "account:session:expired": "session_expired",
    "account:session:revoked": "session_revoked",
    "account:otp:queued": "otp_sent",
    "account:otp:queued-again": "otp_resent",
    "account:otp:refused": "otp_send_refused",
    "account:otp:right": "otp_success",
    "account:otp:wrong": "otp_fail",
    "account:otp:expired": "otp_expired",
    "account:otp:unchecked": "otp_check_unavailable",
    "account:otp:exhausted": "otp_attempts_exhausted",
    "account:otp:failing": "otp_fail_after_password",
    "account:otp:rests": "otp_lock",
    "account:otp:off": "otp_disabled",
    "account:app:added": "totp_added",
    "account:app:removed": "totp_removed",
    "account:app:right": "totp_success",
    "account:app:wrong": "totp_fail",
    "account:app:replayed": "totp_replayed",
    "account:app:exhausted": "totp_attempts_exhausted",
    "account:app:rests": "totp_lock",
    "account:app:off": "totp_disabled",
    "account:recovery:made": "recovery_codes_generated",
    "account:recovery:used": "recovery_code_used",
    "account:recovery:wrong": "recovery_code_fail",
    "account:trusted:added": "trusted_device_added",
    "account:trusted:used": "trusted_device_used",
    "account:trusted:revoked": "trusted_device_revoked",
    "account:trusted:rejected": "trusted_device_rejected",
    "account:2fa:on": "twofa_enabled",
    "account:2fa:off": "twofa_disabled",
    "operator:2fa:reset": "twofa_reset",
    "account:2fa:reminded": "twofa_reminder_sent",
    "account:number:added": "phone_added",
    "account:number:taken": "phone_claimed",
    "account:phone:change-asked": "phone_change_requested",
    "account:phone:current-confirmed": "phone_current_confirmed",
    "account:phone:changed": "phone_changed",
    "account:phone:removed": "phone_removed",
    "account:phone:recognised": "phone_sign_in_recognised",
    "account:phone:linked": "phone_sign_in_link_used",
    "account:phone:guessed": "phone_sign_in_restricted",
    "account:email:confirmed": "email_confirmed",
    "account:email:change-asked": "email_change_requested",
    "account:email:changed": "email_changed",
    "guard:notice:refused": "notice_refused",
    "guard:sends:shut": "fraud_guard_blocked",
    "guard:sends:watched": "fraud_guard_watched",
    "operator:guard:lifted": "fraud_guard_unblocked",
    "guard:network:failing": "excess_network_failures",
    "guard:code:spread": "excess_code_failures",
    "guard:mails:budget-low": "mail_budget_low",
    "operator:key:rotated": "encryption_key_rotated",
}
REASONS = {"rests": "locked", "off": "disabled"}
REFUSED = "otp_send_refused"
"""The event whose detail begins with a reason."""
COUNTED = ("events", "notices")
EVENTS = sa.table("events", sa.column("tag", sa.String), sa.column("detail", sa.String))
MESSAGES = sa.table("messages", sa.column("reason", sa.String))


def rename(column, names, *where):
    """Rename all values of a column in one pass over the table."""
    values = {column.name: sa.case(names, value=column)}
    op.execute(sa.update(column.table).where(column.in_(list(names)), *where).values(values))


def change(old, new):
    """Change the ids and what refers to them; integers of SQLite have 64 bits under any name."""
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        return
    is_postgresql = dialect == "postgresql"
    counts = {} if is_postgresql else {"autoincrement": True}
    for table in COUNTED:
        op.alter_column(
            table, "id", existing_type=old, type_=new, existing_nullable=False, **counts
        )
        if is_postgresql:  # a sequence of 32-bit numbers ends where they do
            op.execute(f"ALTER SEQUENCE {table}_id_seq AS {new.compile(op.get_context().dialect)}")
    op.alter_column("links", "since", existing_type=old, type_=new, existing_nullable=True)


def upgrade():
    change(sa.Integer(), sa.BigInteger())
    rename(EVENTS.c.tag, TAGS)
    rename(EVENTS.c.detail, REASONS, EVENTS.c.tag == REFUSED)
    rename(MESSAGES.c.reason, REASONS)


def downgrade():
    tags, reasons = ({new: old for old, new in names.items()} for names in (TAGS, REASONS))
    rename(MESSAGES.c.reason, reasons)
    rename(EVENTS.c.detail, reasons, EVENTS.c.tag == REFUSED)
    rename(EVENTS.c.tag, tags)
    change(sa.BigInteger(), sa.Integer())
