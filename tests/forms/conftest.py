"""The fixtures of the dashboard, which these tests share."""

from tests.web.conftest import serve  # noqa: F401
