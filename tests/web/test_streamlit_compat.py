"""A download under load: what one visitor had made is still there when many others have clicked meanwhile."""

import time
from pathlib import Path

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.media_file_manager import MediaFileMetadata

from cwac.web import downloads
from tests.web.served import Session, serving, session


def made(visitor: Session, page: str) -> str:
    """Have the first download of that page made; the address to fetch it from."""
    seen = visitor.open(page)
    asking = BackMsg()
    asking.backend_operation_request.session_id = next(
        one.new_session.initialize.session_id for one in seen.messages if one.WhichOneof("type") == "new_session"
    )
    asking.backend_operation_request.deferred_file.file_id = next(
        one.delta.new_element.download_button.deferred_file_id
        for one in seen.messages
        if one.delta.new_element.download_button.deferred_file_id
    )
    visitor._websocket.send(asking.SerializeToString())
    while True:
        message = ForwardMsg.FromString(visitor._websocket.recv(timeout=30))  # type: ignore[arg-type]
        if message.WhichOneof("type") == "backend_operation_response":
            assert not message.backend_operation_response.error_msg
            return message.backend_operation_response.deferred_file.url


def test_what_was_made_for_one_stays_while_others_click(tmp_path: Path) -> None:
    with serving(tmp_path) as served, session(served) as visitor, session(served) as other:
        address = served.url + made(visitor, "reports")
        for _ in range(4):
            other.open("changes")
        answer = httpx.get(address)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")


def test_it_does_not_stay_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    file = MediaFileMetadata()
    downloads.mark_for_delete(file)
    assert not file.is_marked_for_delete
    later = time.monotonic() + downloads.KEPT + 1
    monkeypatch.setattr("time.monotonic", lambda: later)
    downloads.mark_for_delete(file)
    assert file.is_marked_for_delete
