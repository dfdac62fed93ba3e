"""Put the app that `cwac serve` starts into the wheel: dashboard.py, pages/ and the configuration, as cwac/app/."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


def app_files() -> list[Path]:
    """Paths of the app's files below this folder. A settings file is never among them."""
    root = Path(__file__).resolve().parent
    files = [root / "dashboard.py", root / ".streamlit" / "config.toml", *sorted((root / "pages").glob("*.py"))]
    return [path.relative_to(root) for path in files]


class BuildWithApp(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:  # there the app is started from this folder
            for path in app_files():
                target = Path(self.build_lib, "cwac", "app", path)
                self.mkpath(str(target.parent))
                self.copy_file(str(path), str(target))

    def get_source_files(self) -> list[str]:
        """What goes into a source distribution."""
        return [*super().get_source_files(), *map(str, app_files())]


setup(cmdclass={"build_py": BuildWithApp})
