"""Names: a reader who searches for a class finds one."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

PRODUCT = Path(__file__).parents[1] / "cwac"


@pytest.mark.slow
def test_no_class_name_occurs_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PRODUCT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(f"{path.relative_to(PRODUCT)}:{node.lineno}")
    assert len(places) > 300
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
