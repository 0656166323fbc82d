"""Makes the people of the benchmark: confirmed numbers, two-factor sign-in on."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from twofa import create_app
from twofa.configuration.settings import load_settings
from twofa.domain.sign_in import passwords
from twofa.flows import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.engine.db import transaction
from twofa.storage.two_factor import factors

PEOPLE = 2000
PASSWORD = "quiet-lantern-42-orbit"

app = create_app(load_settings())
services = app.extensions["twofa"].services
now = services.clock()
hashed = passwords.hash_password(PASSWORD, rounds=services.policy.bcrypt_rounds)
with app.app_context():
    load_data_keys.refresh(services.sealer, now)
    with transaction():
        for number in range(PEOPLE):
            user_id = users.add(
                public_id=f"{number:032x}",
                email=f"person{number}@example.com",
                password_hash=hashed,
                now=now,
            )
            phone = f"+1415555{number:04d}"
            sealed = services.sealer.seal(phone, about=f"phone:{user_id}")
            indexes = services.sealer.indexes(phone)
            factors.confirm_sms(user_id, sealed=sealed, indexes=indexes, now=now)
            users.turn_twofa_on(user_id, now)
