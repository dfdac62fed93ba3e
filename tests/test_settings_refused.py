"""Settings that cannot be used, each refused with one sentence: the cases of settings_refused.txt.

A case is lines of a settings file and `$VARIABLE=value`, then `-> ` and the whole sentence. `FOLDER` is the folder.
"""

from pathlib import Path

from cwac.settings import SettingsError, load
from tests.cases import each

CASES = (Path(__file__).with_name("settings_refused.txt")).read_text(encoding="utf-8").strip().split("\n\n")


def refusal_of(lines: list[str], folder: Path) -> str:
    path = folder / "secrets.toml"
    path.write_text("\n".join(line for line in lines if not line.startswith("$")), encoding="utf-8")
    path.chmod(0o600)
    environ = dict(line[1:].split("=", 1) for line in lines if line.startswith("$"))
    try:
        load(environ, path)
    except SettingsError as refused:
        return str(refused).replace(str(folder), "FOLDER")
    return "read"


@each("case", CASES)
def test_unusable_setting_is_refused_in_one_sentence(tmp_path: Path, case: str) -> None:
    (tmp_path / "key.json").touch(0o600)
    lines, _, sentence = case.partition("\n-> ")
    assert refusal_of(lines.split("\n"), tmp_path) == sentence
    assert "\n" not in sentence
    assert "planted" not in sentence
