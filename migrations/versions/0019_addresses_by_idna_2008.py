"""addresses by IDNA 2008: one spelling each, and none confirmed by another domain's owner.

Mail was encoded by IDNA 2003: for some domains it went to another one (faß.example: fass.example),
whose owner could confirm such an address and use its links. These accounts are shut until a new
password is set by a link, which goes to the right domain now; links that were mailed are dead.

An address that is kept in another spelling than it is looked up by now gets the usual one, unless
another account has that: then both stay as they are, and the spelling leads to that other account.
"""

import logging
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.dialects import mysql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

log = logging.getLogger("alembic.runtime.migration")

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def table(name, **columns):
    return sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))


ADDRESS = {"id": sa.Integer, "email": sa.String, "email_key": sa.String, "user_id": sa.Integer}
REGISTRATIONS, LINKS = table("registrations", **ADDRESS), table("links", user_id=sa.Integer)
USERS = table(
    "users", id=sa.Integer, email=sa.String, email_key=sa.String, public_id=sa.String,
    blocked_at=MOMENT, epoch=sa.Integer,
)


def upgrade():
    if op.get_context().as_sql:
        return  # it reads every address, so there is nothing to be written down beforehand
    connection = op.get_bind()
    for row in international(connection, sa.select(REGISTRATIONS)):
        if is_misled(row.email):
            connection.execute(sa.delete(REGISTRATIONS).where(REGISTRATIONS.c.id == row.id))
        else:
            respell(connection, REGISTRATIONS, row)
    for row in international(connection, sa.select(USERS).order_by(USERS.c.id)):
        if is_misled(row.email):
            shut(connection, row)
        if not respell(connection, USERS, row):
            log.warning("account %s: another one has its address in its usual spelling", row.public_id)


def downgrade():
    """Leave the rows: what was wrong with them isn't brought back."""


def international(connection, question):
    """Return the rows whose address isn't plain ASCII: nothing changes for all others."""
    rows = connection.execute(question, execution_options={"yield_per": 1000})
    return [row for row in rows if not row.email.isascii() or "xn--" in row.email.lower()]


def read(address):
    """Return an address as the library has it, None where it is none."""
    for under in ("", ".example"):  # intranets' names are refused bare
        try:
            found = validate_email(address + under, check_deliverability=False)
        except EmailNotValidError:
            continue
        domain, ascii_domain = (
            name.removesuffix(under) for name in (found.domain, found.ascii_domain)
        )
        return f"{found.local_part}@{domain}", ascii_domain
    return None


def is_misled(address):
    """Whether mail to an address went to another domain."""
    found = read(address)
    try:
        before = address.rpartition("@")[2].encode("idna").decode()
    except UnicodeError:
        return False  # no mail went anywhere
    return found is not None and before.lower() != found[1]


def respell(connection, table, row):
    """Set the usual spelling of an address; False where another account has that."""
    found = read(row.email)
    if found is None or found[0].lower() == row.email_key:
        return True
    values = {"email": found[0], "email_key": found[0].lower()}
    if table is USERS:
        same = sa.select(USERS.c.id).where(USERS.c.email_key == values["email_key"])
        if connection.scalar(same) is not None:
            return False
    connection.execute(sa.update(table).where(table.c.id == row.id).values(values))
    return True


def shut(connection, row):
    """Shut an account until a new password is set, which ends all its sessions as well."""
    log.warning("account %s: its mail went to another domain, so it is shut", row.public_id)
    values = {"blocked_at": datetime.now(UTC).replace(tzinfo=None), "epoch": USERS.c.epoch + 1}
    connection.execute(sa.update(USERS).where(USERS.c.id == row.id).values(values))
    for table in (LINKS, REGISTRATIONS):
        connection.execute(sa.delete(table).where(table.c.user_id == row.id))
