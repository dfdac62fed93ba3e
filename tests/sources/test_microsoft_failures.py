"""Each failure of the sign-in, of Graph and of the file is one sentence with a remedy; over HTTP, from the stand-in."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from cwac.model import SourceUnavailable
from cwac.settings import Settings
from cwac.sources import microsoft as module
from cwac.sources.microsoft import MicrosoftSource
from tests.cases import each
from tests.server.answers import Answer
from tests.server.entra import make_certificate
from tests.server.graph import GraphServer
from tests.sources.shared_sheet import failure_of
from tests.sources.shared_workbook import by_path, sign_in, source_of, towns_of, workbook


def said(trouble: SourceUnavailable) -> tuple[str, str]:
    return trouble.cause, trouble.sentence


def test_certificate_file_that_cannot_be_used(graph: GraphServer, tmp_path: Path) -> None:
    certificate, key = make_certificate()
    _, other_key = make_certificate(key_name="other")
    public = certificate.public_bytes(Encoding.PEM).decode()
    pem = tmp_path / "app.pem"
    microsoft = sign_in(graph, client_secret=None, certificate=str(pem))
    named = "The file that certificate in the settings names"
    for text, sentence in (
        (None, f"{named} cannot be read (No such file or directory)."),
        (public, f"{named} does not hold a private key and a certificate, in PEM form."),
        (public + key[:200] + "\n" + key[300:], f"{named} is damaged, or its key has a password."),
        (public + other_key, f"{named} holds a key and a certificate that do not belong together."),
    ):
        if text is not None:
            pem.write_text(text)
        trouble = failure_of(source_of(graph, microsoft=microsoft))
        assert said(trouble) == ("bad-key", sentence)
        assert key[40:80] not in str(trouble)
    assert graph.calls == {}


@each("call", ["token", "share"])
@each("bracket", [b"[", b'{"value":'])
def test_deeply_nested_answer_is_a_bad_answer(graph: GraphServer, call: str, bracket: bytes) -> None:
    graph.faults.clear()
    graph.fail("x", on=call, answer=Answer(200, bracket * 100_000))
    assert failure_of(source_of(graph)).cause == "bad-answer"


@pytest.mark.slow
@each(
    ("fault", "on", "retry_after", "cause", "sentence", "seconds"),
    [
        ("429", "metadata", None, "rate-limit", "Microsoft says that there were too many requests.", 31.0),
        ("429", "content", 7, "rate-limit", "Microsoft says that there were too many requests.", 7.0),
        ("html-429", "metadata", 12, "rate-limit", "Microsoft says that there were too many requests.", 12.0),
        ("html-429", "download", 9, "rate-limit", "Microsoft says that there were too many requests.", 9.0),
        ("503", "metadata", None, "rate-limit", "Microsoft says that there were too many requests.", 120.0),
        ("html-503", "metadata", None, "server-error", "Microsoft has a fault of its own (HTTP 503).", None),
        ("504", "metadata", None, "server-error", "Microsoft has a fault of its own (HTTP 504).", None),
        ("423-editing", "content", None, "locked", "Somebody has the workbook open in a way that locks it.", None),
        ("cut-json", "metadata", None, "bad-answer", "Microsoft's answer could not be read.", None),
        ("short-body", "metadata", None, "bad-answer", "Microsoft's answer was cut off.", None),
        ("short-body", "download", None, "bad-answer", "Microsoft's answer was cut off.", None),
        ("reset", "metadata", None, "unreachable", "Microsoft could not be reached: the connection broke off.", None),
        ("close", "download", None, "unreachable", "Microsoft could not be reached: the connection broke off.", None),
    ],
)  # fmt: skip
def test_failures_that_may_pass(
    graph: GraphServer, fault: str, on: str, retry_after: int | None, cause: str, sentence: str, seconds: float | None
) -> None:
    graph.heal()
    graph.item.content = workbook("Weed", "Yreka")
    source = source_of(graph)
    source.fetch()
    graph.item.write(workbook("Etna"))
    graph.fail(fault, on=on, retry_after=retry_after)
    trouble = failure_of(source)
    assert (*said(trouble), trouble.retry_after) == (cause, sentence, seconds)
    assert not trouble.permanent
    assert towns_of(source) == ["Etna"]  # the next look brings it


@pytest.mark.slow
@each(("fault", "on"), [("hang", "metadata"), ("drip-body", "download"), ("drip-headers", "token")])
def test_slow_answer_ends_at_the_deadline(graph: GraphServer, fault: str, on: str) -> None:
    graph.heal()
    source = source_of(graph, by_path(graph), deadline=0.6)
    graph.fail(fault, on=on, seconds=30)
    trouble = failure_of(source)
    assert said(trouble) == ("unreachable", "Microsoft could not be reached: it did not answer within 0.6 seconds.")
    graph.heal()


def test_sign_in_is_tried_again_at_each_look_and_a_permission_used_once_it_is_given(graph: GraphServer) -> None:
    source, trouble = source_of(graph), []
    graph.fail("7000222", on="token")
    trouble.append(failure_of(source).cause)
    graph.fail("html-503", on="token", retry_after=5)
    busy = failure_of(source)
    assert (busy.cause, busy.retry_after) == ("rate-limit", 5.0)
    graph.fail("cut-json", on="token")
    trouble.append(failure_of(source).cause)
    graph.stop()
    assert said(failure_of(source)) == ("unreachable", "Microsoft could not be reached: no connection could be made.")
    graph.start()
    graph.fail("401", 2, on="share")
    trouble.append(failure_of(source).cause)
    assert graph.calls["share"] == 2
    for roles in (set(), {"Sites.Selected"}):
        graph.entra.roles = roles
        trouble.append(failure_of(source).cause)
    assert trouble == ["bad-key", "bad-answer", "not-allowed", "not-allowed", "not-shared"]
    graph.grant(graph.site)
    assert towns_of(source) == ["Weed", "Yreka"]


@each("location", ["http://example.com/file", "ftp://127.0.0.1/file", "https://user@example.com/", "http://["])
def test_unsafe_redirect_is_not_followed(graph: GraphServer, location: str) -> None:
    graph.fail("302", on="content", answer=Answer(302, b"", {"Location": location}))
    trouble = failure_of(source_of(graph))
    assert said(trouble) == ("bad-answer", "Microsoft's answer led to an address that is not safe to follow.")


def test_endless_redirect_ends(graph: GraphServer) -> None:
    address = f"{graph.graph}/v1.0/drives/{graph.drive.id}/items/{graph.item.id}/content"
    graph.fail("302", None, on="content", answer=Answer(302, b"", {"Location": address}))
    assert failure_of(source_of(graph)).cause == "bad-answer"
    assert graph.calls["content"] == 6


def test_file_over_the_bound(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE", 2**20)
    small = graph.item.content
    graph.item.write(bytes(2**20 + 1))
    source = source_of(graph)
    assert said(failure_of(source)) == ("too-large", "Plan.xlsx is over 1 MB.")
    assert graph.calls["content"] == 0
    graph.item.write(small)
    graph.fail("long", on="download", answer=Answer(200, bytes(2**20 + 1)))  # longer than Graph had said
    assert said(failure_of(source)) == ("too-large", "Plan.xlsx is over 1 MB.")


def test_mistake_of_ours_says_no_more_than_its_kind(graph: GraphServer, monkeypatch, caplog) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"quotes {graph.link}")

    monkeypatch.setattr(module.TabReader, "tabs", fail)
    trouble = failure_of(source_of(graph))
    assert (trouble.cause, trouble.permanent) == ("bad-answer", False)
    assert "Unexpected RuntimeError" in caplog.text
    assert graph.link not in caplog.text


def test_settings_that_name_no_sign_in() -> None:
    with pytest.raises(SourceUnavailable) as caught:
        MicrosoftSource.from_settings(Settings(spreadsheet="https://a.sharepoint.com/:x:/s/C/Ekey"))
    assert caught.value.cause == "bad-address"
    assert "does not say how to sign in" in caught.value.sentence
