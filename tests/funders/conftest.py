"""The fixtures of the dashboard, which the tests of an add-on's part of it share."""

from tests.web.conftest import plan_file, serve  # noqa: F401
