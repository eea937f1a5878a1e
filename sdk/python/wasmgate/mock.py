"""Stands in for the host in tests: the imports of the contract, as objects of the same names."""

from __future__ import annotations

import enum
import hashlib
import hmac
import os
import time
from types import SimpleNamespace
from typing import Any


class Err(Exception):
    """As componentize-py raises what is not a result."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class Host:
    """What the stand-in holds."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.context: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        self.fetched: list[str] = []
        self.assets: list[bytes] = []
        self.time: int | None = None
        self.accepted: list[tuple[bytes, bytes]] = []
        self.lines: list[tuple[str, str]] = []
        self.metrics: list[list[Any]] = []
        self.kv_fails = False
        self.values: dict[str, tuple[bytes, float]] = {}
        self.tables: list[dict[bytes, bytes]] = []
        self.keys: list[tuple[bool, str, bytes]] = []


STATE = Host()


def reset() -> None:
    """Forgets everything."""
    STATE.__init__()  # type: ignore[misc]


def _error(code: str, message: str) -> Err:
    return Err(SimpleNamespace(code=code, message=message))


def _record(name: str, *fields: str) -> type:
    """A record of the contract, made by its members in their order."""

    def init(self: Any, *values: Any) -> None:
        for field, value in zip(fields, values, strict=True):
            setattr(self, field, value)

    return type(name, (), {"__slots__": fields, "__init__": init})


class types:
    Change = _record("Change", "code", "name", "value")
    Patch = _record("Patch", "changes", "body", "respond", "extra")
    Refusal = _record("Refusal", "code", "message", "headers", "context", "extra")
    Response = _record("Response", "status", "headers", "body", "extra")


class assets:
    @staticmethod
    def read(asset: int, offset: int, length: int) -> bytes:
        if asset >= len(STATE.assets):
            raise _error("not-found", "no such asset")
        return STATE.assets[asset][offset : offset + length]


class clock:
    @staticmethod
    def now() -> int:
        return int(time.time() * 1000) if STATE.time is None else STATE.time


class context:
    @staticmethod
    def get(name: str) -> str | None:
        return STATE.context.get(name)


_SHORTEST = {"HS256": 32, "HS384": 48, "HS512": 64}
_HASHES = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class crypto:
    @staticmethod
    def verifying_key(algorithm: str, format: str, key: bytes) -> int:
        return _add_key(False, algorithm, format, key)

    @staticmethod
    def signing_key(algorithm: str, format: str, key: bytes) -> int:
        return _add_key(True, algorithm, format, key)

    @staticmethod
    def verify(key: int, message: bytes, signature: bytes) -> bool:
        algorithm, secret = _find_key(key, False)
        if algorithm in _SHORTEST and hmac.compare_digest(_hmac(algorithm, secret, message), signature):
            return True
        return (message, signature) in STATE.accepted

    @staticmethod
    def sign(key: int, message: bytes) -> bytes:
        algorithm, secret = _find_key(key, True)
        if algorithm not in _SHORTEST:
            raise _error("unavailable", "tests sign with HS algorithms only")
        return _hmac(algorithm, secret, message)

    @staticmethod
    def digest(algorithm: str, message: bytes) -> bytes:
        if algorithm not in _HASHES:
            raise _error("invalid", "unknown hash")
        return hashlib.new(_HASHES[algorithm], message).digest()

    equal = staticmethod(hmac.compare_digest)


def _add_key(signs: bool, algorithm: str, format: str, key: bytes) -> int:
    if format == "raw" and len(key) < _SHORTEST.get(algorithm, 0):
        raise _error("invalid", "the secret is shorter than the hash")
    STATE.keys.append((signs, algorithm, key))
    return len(STATE.keys) - 1


def _find_key(number: int, signs: bool) -> tuple[str, bytes]:
    if number >= len(STATE.keys) or STATE.keys[number][0] != signs:
        raise _error("not-found", "no such key")
    return STATE.keys[number][1:]


def _hmac(algorithm: str, secret: bytes, message: bytes) -> bytes:
    return hmac.digest(secret, message, f"sha{algorithm[2:]}")


class http:
    Outgoing = _record("Outgoing", "method", "url", "headers", "body", "timeout", "extra")

    @staticmethod
    def fetch(request: Any) -> Any:
        STATE.fetched.append(request.url)
        if request.url not in STATE.answers:
            raise _error("unavailable", f"no answer for {request.url}")
        return STATE.answers[request.url]


class kv:
    @staticmethod
    def get(key: str) -> bytes | None:
        known = _find(key)
        return known and known[0]

    @staticmethod
    def set(key: str, value: bytes, ttl: int | None) -> None:
        _find(key)
        STATE.values[key] = (value, _end(ttl))

    @staticmethod
    def delete(key: str) -> None:
        _find(key)
        STATE.values.pop(key, None)

    @staticmethod
    def compare_and_swap(key: str, expected: bytes | None, value: bytes, ttl: int | None) -> bool:
        known = _find(key)
        if (known and known[0]) != expected:
            return False
        STATE.values[key] = (value, _end(ttl))
        return True

    @staticmethod
    def increment(key: str, by: int, ttl: int | None) -> int:
        value, end = _find(key) or (b"0", _end(ttl))
        try:
            total = int(value) + by
        except ValueError:
            raise _error("conflict", "the value is no number") from None
        STATE.values[key] = (str(total).encode(), end)
        return total


def _find(key: str) -> tuple[bytes, float] | None:
    if STATE.kv_fails:
        raise _error("unavailable", "the test has it fail")
    known = STATE.values.get(key)
    return known if known and known[1] > clock.now() else None


def _end(ttl: int | None) -> float:
    return float("inf") if ttl is None else clock.now() + ttl


class log:
    Level = enum.Enum("Level", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"])

    @staticmethod
    def write(level: Any, message: str) -> None:
        STATE.lines.append((level.name.lower(), message))

    @staticmethod
    def threshold() -> Any:
        return log.Level["TRACE"]


class metrics:
    @staticmethod
    def counter(name: str, help: str) -> int:
        return _register(name)

    @staticmethod
    def gauge(name: str, help: str) -> int:
        return _register(name)

    @staticmethod
    def histogram(name: str, help: str, bounds: list[float]) -> int:
        return _register(name)

    @staticmethod
    def add(metric: int, value: float) -> None:
        STATE.metrics[metric][1] += value

    @staticmethod
    def observe(metric: int, value: float) -> None:
        STATE.metrics[metric][1] = value


def _register(name: str) -> int:
    STATE.metrics.append([name, 0.0])
    return len(STATE.metrics) - 1


class random:
    @staticmethod
    def next() -> int:
        return int.from_bytes(os.urandom(8), "little")


class secrets:
    @staticmethod
    def get(name: str) -> str:
        if name not in STATE.secrets:
            raise _error("denied", f"the secret `{name}` was not granted")
        return STATE.secrets[name]


class table:
    @staticmethod
    def create() -> int:
        STATE.tables.append({})
        return len(STATE.tables) - 1

    @staticmethod
    def insert(table: int, entries: list[tuple[bytes, bytes]]) -> None:
        STATE.tables[table].update(entries)

    @staticmethod
    def lookup(table: int, key: bytes) -> bytes | None:
        return STATE.tables[table].get(key)
