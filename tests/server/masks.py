"""Google's `fields` parameter: selects parts of an answer, and is checked against the API's own description."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

Mask = dict[str, "Mask"]
"""Field -> the mask of its parts; an empty mask selects everything."""


class MaskError(ValueError):
    """`path` names no field."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@cache
def discovery() -> dict:
    """Google's description of the Sheets API, as shipped in google-api-python-client."""
    documents = resources.files("googleapiclient.discovery_cache") / "documents" / "sheets.v4.json"
    return json.loads(documents.read_text(encoding="utf-8"))


def parse(typed: str, schema: str) -> Mask:
    """`a.b,c(d,e/f)` -> a mask. Raises `MaskError` where a path names no field of the schema."""
    mask, rest = _list(re.findall(r"[A-Za-z0-9_*]+|[^\s]", typed), {"$ref": schema}, ())
    if rest:
        raise MaskError("".join(rest))
    return mask


def _list(tokens: list[str], schema: dict, path: tuple[str, ...]) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        tokens = _field(tokens, schema, path, mask)
        if not tokens or tokens[0] != ",":
            return mask, tokens
        tokens = tokens[1:]


def _field(tokens: list[str], schema: dict, path: tuple[str, ...], mask: Mask) -> list[str]:
    if not tokens:
        raise MaskError(".".join(path))
    name, tokens = tokens[0], tokens[1:]
    path = (*path, name)
    if name == "*":
        return tokens
    inner = _fields_of(schema).get(name)
    if inner is None:
        raise MaskError(".".join(path))
    within = mask.setdefault(name, {})
    if tokens and tokens[0] in {".", "/"}:
        return _field(tokens[1:], inner, path, within)
    if tokens and tokens[0] == "(":
        listed, tokens = _list(tokens[1:], inner, path)
        within.update(listed)
        if not tokens or tokens[0] != ")":
            raise MaskError(".".join(path))
        return tokens[1:]
    return tokens


def _fields_of(schema: dict) -> dict[str, dict]:
    if "$ref" in schema:
        return _fields_of(discovery()["schemas"][schema["$ref"]])
    if schema.get("type") == "array":
        return _fields_of(schema["items"])
    return schema.get("properties", {})


def apply(mask: Mask, content: object) -> object:
    """The part of a JSON value that the mask wants."""
    if not mask:
        return content
    if isinstance(content, list):
        return [apply(mask, item) for item in content]
    if isinstance(content, dict):
        return {name: apply(within, content[name]) for name, within in mask.items() if name in content}
    return content
