"""Google's `fields` parameter: selects parts of an answer, and is checked against the API's own description."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

Mask = dict[str, "Mask"]
"""Field -> the mask of its parts; an empty mask selects everything."""


class MaskError(ValueError):
    """The path that names no field."""


@cache
def discovery() -> dict:
    """Google's description of the Sheets API, as shipped in google-api-python-client."""
    documents = resources.files("googleapiclient.discovery_cache") / "documents" / "sheets.v4.json"
    return json.loads(documents.read_text(encoding="utf-8"))


def parse(typed: str, schema: str) -> Mask:
    """`a.b,c(d,e/f)` -> a mask. Raises `MaskError` where a path names no field of the schema."""
    tokens = re.findall(r"[A-Za-z0-9_*]+|[^\s]", typed)[::-1]
    mask = _list(tokens, {"$ref": schema}, "")
    if tokens:
        raise MaskError(typed)
    return mask


def _list(tokens: list[str], schema: dict, path: str) -> Mask:
    """Fields between commas, taken from the end of the tokens."""
    mask: Mask = {}
    _field(tokens, schema, path, mask)
    while tokens and tokens[-1] == ",":
        tokens.pop()
        _field(tokens, schema, path, mask)
    return mask


def _field(tokens: list[str], schema: dict, path: str, mask: Mask) -> None:
    name = tokens.pop() if tokens else ""
    if name == "*":
        return
    path = f"{path}.{name}".strip(".")
    inner = _fields_of(schema).get(name)
    if inner is None:
        raise MaskError(path)
    within = mask.setdefault(name, {})
    if tokens and tokens[-1] in "./":
        tokens.pop()
        _field(tokens, inner, path, within)
    elif tokens and tokens[-1] == "(":
        tokens.pop()
        within.update(_list(tokens, inner, path))
        if not tokens or tokens.pop() != ")":
            raise MaskError(path)


def _fields_of(schema: dict) -> dict[str, dict]:
    if "$ref" in schema:
        return _fields_of(discovery()["schemas"][schema["$ref"]])
    if schema.get("type") == "array":
        return _fields_of(schema["items"])
    return schema.get("properties", {})


def apply(mask: Mask, content: object) -> object:
    """The part of a JSON value that the mask wants."""
    if mask and isinstance(content, list):
        return [apply(mask, item) for item in content]
    if mask and isinstance(content, dict):
        return {name: apply(within, content[name]) for name, within in mask.items() if name in content}
    return content
