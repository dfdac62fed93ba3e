"""The fixtures of the store and of the dashboard, which these tests share."""

from tests.storage.conftest import store  # noqa: F401
from tests.web.conftest import plan_file, sample, serve  # noqa: F401
