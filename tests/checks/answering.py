"""An HTTP server on loopback whose answers a test writes down."""

from collections.abc import Mapping

from tests.server.answers import Answer
from tests.server.listener import Handler, Incoming, StandIn

Written = tuple[int, Mapping[str, str], bytes]


class Answering(StandIn):
    """`answers` by path, without the query and a date; any other path answers 404."""

    def __init__(self, answers: Mapping[str, Written]) -> None:
        super().__init__()
        self.answers = dict(answers)

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        status, headers, body = self.answers.get(incoming.path, (404, {}, b"no such page"))
        return incoming.path, Answer(status, body, dict(headers))

    def serve(self, handler: Handler) -> None:
        handler.send_response = handler.send_response_only  # type: ignore[method-assign]
        super().serve(handler)

    @property
    def url(self) -> str:
        return self.address("api")

    def holds(self, *headers: str) -> bool:
        """Whether any request had one of these headers."""
        return any(name in incoming.headers for incoming in self.log for name in headers)


answering = Answering
