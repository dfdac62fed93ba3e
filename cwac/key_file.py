"""A service account's key file as Google wrote it, and the other files that people take for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cwac.setting_values import SettingsError

HOW = "in Google Cloud open IAM & Admin, Service Accounts, the account, Keys, and add a key of type JSON."
_MOST = 200_000
"""Bytes of a file that are read: a key file has about 2,400."""


def read(path: Path, named_in: str) -> Mapping[str, Any]:
    """The file's content. Raises `SettingsError`, which never quotes it; `named_in` says what names the file."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except OSError as error:
        raise SettingsError(
            f"The service account's key file {path} cannot be read ({error.strerror}): check {named_in}."
        ) from None
    try:
        content = json.loads(data)
    except ValueError as error:
        raise SettingsError(f"{path} {_not_json(data, error)}") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{path} is not a service account's key file: download the JSON key from Google again.")
    if (other := _of_another_kind(content)) is not None:
        raise SettingsError(f"{path} is {other}, not a service account's key: {HOW}")
    return content


def _not_json(data: bytes, error: ValueError) -> str:
    text = data.decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not text:
        return "is empty: download the JSON key from Google again."
    if data.startswith(b"0\x82"):
        return f"is a key of type P12, not JSON: {HOW}"
    if text.startswith("-----BEGIN"):
        return f"is a private key alone, without the account's name: {HOW}"
    if _is_api_key(text):
        return f"holds an API key, which opens public sheets only, not a service account's key: {HOW}"
    if text.startswith("{"):
        is_cut = isinstance(error, json.JSONDecodeError) and (
            "Unterminated" in error.msg or error.pos >= len(error.doc)
        )
        fault = "ends in the middle, so it was not downloaded or copied as a whole" if is_cut else "is damaged JSON"
        return f"{fault}: download the JSON key from Google again."
    return "is not a service account's key file: download the JSON key from Google again."


def _of_another_kind(content: Mapping[str, Any]) -> str | None:
    """What the file is instead, None for a service account's key."""
    if content.keys() & {"installed", "web"}:
        return "the file of an OAuth client"
    if "keyString" in content:
        return "an API key"
    kind = content.get("type", "service_account")
    if kind == "service_account":
        return None
    return "your own sign-in, as gcloud stores it" if kind == "authorized_user" else "a key of another kind"


def _is_api_key(text: str) -> bool:
    return text.startswith("AIza") and len(text.split()) == 1
