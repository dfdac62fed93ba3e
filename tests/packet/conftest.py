"""The fixtures of the command line and of the dashboard, which these tests share."""

from tests.cli.conftest import plan  # noqa: F401
from tests.web.conftest import plan_file, sample, serve  # noqa: F401
