"""The fixtures of the dashboard and of the messages, which these tests share."""

from tests.notify.conftest import store  # noqa: F401
from tests.web.conftest import serve  # noqa: F401
