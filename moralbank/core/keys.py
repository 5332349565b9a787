"""Keys: derived from the one secret unless given, each under an id that stored values name.

A purpose ("phone", "pin", …) has a ring of keys. The first is used for new values, all of them for
old ones. Rotating means putting a new key first (``MORALBANK_SECRET_KEY`` with the old secret in
``MORALBANK_SECRET_KEY_FALLBACKS``, or ``MORALBANK_KEYS_<PURPOSE>`` given as a JSON list of
secrets); nothing stored under an older key dies as long as that key stays on the ring.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a ring; `id` is a fingerprint, so the same secret always has the same id."""

    id: str
    secret: bytes


@lru_cache(maxsize=64)
def _derive(purpose: str, secrets_: tuple[str, ...]) -> tuple[Key, ...]:
    ring = []
    for secret in secrets_:
        material = HKDF(
            algorithm=SHA256(), length=32, salt=None, info=f"moralbank:{purpose}".encode()
        ).derive(secret.encode())
        ring.append(Key(hashlib.sha256(material).hexdigest()[:6], material))
    return tuple(ring)


def ring(purpose: str) -> tuple[Key, ...]:
    """Return the keys for `purpose`, the current one first."""
    config = current_app.config
    given = config.get(f"KEYS_{purpose.upper().replace('-', '_')}") or []
    fallbacks = config.get("SECRET_KEY_FALLBACKS") or []
    return _derive(purpose, (*given, config["SECRET_KEY"], *fallbacks))


def _digest(key: Key, message: str) -> bytes:
    return hmac.new(key.secret, message.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def seal(purpose: str, message: str) -> str:
    """Return a keyed digest of `message` that names its key: for PINs, codes and look-up."""
    key = ring(purpose)[0]
    return f"{key.id}:{base64.urlsafe_b64encode(_digest(key, message)[:18]).decode()}"


def seals(purpose: str, message: str) -> list[str]:
    """Return the digest of `message` under every key of the ring, to look for any of them."""
    return [
        f"{key.id}:{base64.urlsafe_b64encode(_digest(key, message)[:18]).decode()}"
        for key in ring(purpose)
    ]


def matches(purpose: str, message: str, sealed: str) -> bool:
    """Tell whether `sealed` was made from `message`, under any key of the ring; constant time."""
    found = False
    for candidate in seals(purpose, message):
        found |= hmac.compare_digest(candidate, sealed)
    return found


def check_bytes(purpose: str, message: str) -> list[bytes]:
    """Return raw digests of `message`, the current key's first: for check characters and marks."""
    return [_digest(key, message) for key in ring(purpose)]


def encrypt_bytes(purpose: str, plain: bytes) -> bytes:
    """Return `plain` under AES-GCM, behind its key's id and a colon."""
    key = ring(purpose)[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key.secret).encrypt(nonce, plain, purpose.encode())
    return key.id.encode() + b":" + nonce + sealed


def decrypt_bytes(purpose: str, kept: bytes) -> bytes:
    """Return what `encrypt_bytes` was given. Raises ValueError when the key or what was kept is
    not right."""
    named, _, raw = kept.partition(b":")
    key_id = named.decode("ascii", "replace")
    for key in ring(purpose):
        if key.id == key_id:
            try:
                return AESGCM(key.secret).decrypt(
                    raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()
                )
            except InvalidTag as error:
                raise ValueError("what was kept was changed") from error
    raise ValueError(f"no key {key_id} for {purpose}")


def encrypt(purpose: str, plain: str) -> str:
    """Return `plain` under AES-GCM, as text that names its key."""
    key_id, _, raw = encrypt_bytes(purpose, plain.encode()).partition(b":")
    return f"{key_id.decode()}:{base64.urlsafe_b64encode(raw).decode()}"


def decrypt(purpose: str, text: str) -> str:
    """Return what `encrypt` was given. Raises ValueError when the key or the text is not right."""
    key_id, _, body = text.partition(":")
    raw = base64.urlsafe_b64decode(body)
    return decrypt_bytes(purpose, key_id.encode() + b":" + raw).decode()


def encrypt_or_none(purpose: str, plain: str | None) -> str | None:
    """Encrypt, letting None be."""
    return None if plain is None else encrypt(purpose, plain)


def decrypt_or_none(purpose: str, text: str | None) -> str | None:
    """Decrypt, letting None be."""
    return None if text is None else decrypt(purpose, text)
