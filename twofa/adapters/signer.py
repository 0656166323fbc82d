"""JSON Web Tokens (RFC 7519) signed by this installation, and its public key set (RFC 7517)."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from twofa.domain import signing_keys
from twofa.domain.policy import Policy
from twofa.domain.signing_keys import ES256, RS256, SigningKey

READ_EVERY = timedelta(seconds=60)
"""How long a worker uses the keys that it has before it reads them again."""
RSA_BITS = 2048
"""The least of RFC 7518 3.3. A key signs for 90 days."""


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A new private key, as JWK in JSON, and the thumbprint that is its id."""

    kid: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class _Loaded:
    """A key as stored, its private part ready to sign, and its public part as JWK."""

    key: SigningKey
    private: jwk.ECKey | jwk.RSAKey
    public: dict[str, str]


def new_private_key(algorithm: str) -> PrivateKey:
    """Generate the private key of a signer: RSA takes a tenth of a second."""
    about: Any = {"use": "sig", "alg": algorithm}
    key: jwk.ECKey | jwk.RSAKey
    if algorithm == ES256:
        key = jwk.ECKey.generate_key("P-256", about, auto_kid=True)
    else:
        key = jwk.RSAKey.generate_key(RSA_BITS, about, auto_kid=True)
    return PrivateKey(key.thumbprint(), json.dumps(key.as_dict(private=True)))


class Signer:
    """Signs tokens and publishes the keys that verify them; holds the private keys of a worker."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.reading = threading.Lock()
        """Held by the thread of a process that is reading the signing keys."""
        self._read_at: datetime | None = None
        self._loaded: tuple[_Loaded, ...] = ()

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the signing keys were read within ``READ_EVERY``."""
        since = self._read_at
        return since is not None and timedelta(0) <= now - since < READ_EVERY

    def learn(self, keys: Sequence[tuple[SigningKey, str]], now: datetime) -> None:
        """Use these signing keys from now on, in place of the earlier ones.

        Each comes with its private part, as ``PrivateKey.text`` has it.
        """
        known = {one.key.kid: one for one in self._loaded}
        self._loaded = tuple(_load(key, text, known.get(key.kid)) for key, text in keys)
        self._read_at = now

    def kid(self, algorithm: str, now: datetime) -> str:
        """Return the id of the key that signs now. Raise RuntimeError before ``learn``."""
        return self._current(algorithm, now).key.kid

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        algorithm: str,
        type: str,  # noqa: A002 - the header's name
        now: datetime,
    ) -> str:
        """Return a signed token with these claims, by the algorithm's key that signs now.

        ``type`` is its header ``typ``. Nothing is added to the claims. Raise RuntimeError before
        ``learn``.
        """
        current = self._current(algorithm, now)
        header = {"alg": algorithm, "kid": current.key.kid, "typ": type}
        return jwt.encode(header, dict(claims), current.private, algorithms=[algorithm])

    def jwks(self, now: datetime) -> dict[str, list[dict[str, str]]]:
        """Return the public key set to be served: the keys that sign soon, now, or did lately."""
        loaded = self._loaded
        shown = set(signing_keys.published((one.key for one in loaded), self._policy, now))
        return {"keys": [dict(one.public) for one in loaded if one.key in shown]}

    def verified(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token that one of the loaded keys signed, whatever its age.

        None for any other text. The key is chosen by ``kid`` from ours, with its own algorithm:
        what else the header names isn't looked at.
        """
        loaded = {one.key.kid: one for one in self._loaded}

        def key_of(found: Any) -> jwk.ECKey | jwk.RSAKey:
            one = loaded.get(str(found.headers().get("kid")))
            if one is None or found.headers().get("alg") != one.key.algorithm:
                raise ValueError("no key of ours")
            return one.private

        try:
            return dict(jwt.decode(token, key_of, algorithms=[ES256, RS256]).claims)
        except (JoseError, ValueError, TypeError):
            return None

    def _current(self, algorithm: str, now: datetime) -> _Loaded:
        loaded = self._loaded
        current = signing_keys.current((one.key for one in loaded), algorithm, now)
        for one in loaded:
            if one.key == current:
                return one
        raise RuntimeError("the signing keys aren't loaded yet")


def _load(key: SigningKey, text: str, known: _Loaded | None) -> _Loaded:
    if known is not None:  # parsing checks an RSA key, which takes as long as generating one
        return _Loaded(key, known.private, known.public)
    kind = jwk.RSAKey if key.algorithm == RS256 else jwk.ECKey
    private = kind.import_key(json.loads(text))
    public = {name: str(value) for name, value in private.as_dict(private=False).items()}
    return _Loaded(key, private, public)
