"""An agency's own layouts and seals: what they may read, and what is said of those that cannot be used."""

import base64
import io
import os
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pypdf
import pytest
from PIL import Image

from cwac.exports import typesetting
from cwac.packet import documents
from cwac.packet.documents import TemplateError, Theme, read_theme
from cwac.packet.settings import Packet
from tests.cases import each
from tests.packet.test_documents import BY_NAME, facts_of, pdf_text


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "templates"
    path.mkdir()
    return path


def flyer(folder, *, seals=None):
    return documents.FLYERS[0].file(facts_of(), (), read_theme(Packet(folder, seals)))


def refusal(folder, **more):
    with pytest.raises(TemplateError) as refused:
        flyer(folder, **more)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- own templates --------------------------------------------------------------------------------------------------


def test_own_template_replaces_one_document_and_uses_shipped_parts_and_its_own_files(folder):
    (folder / "parts").mkdir()
    (folder / "parts/motto.txt").write_text("Our own motto")
    (folder / "flyer.typ").write_text(
        '#import "parts/common.typ": *\n#show: page-of.with("Flyer")\n= #data.when.day.en\n#read("parts/motto.txt")\n'
    )
    text = pdf_text(flyer(folder))
    assert "Wednesday, October 7, 2026" in text
    assert "Our own motto" in text
    assert "Thank you for opening your doors" in pdf_text(
        BY_NAME["venue-letter"].file(facts_of(), (), read_theme(Packet(folder)))
    )


@pytest.mark.slow
def test_shipped_templates_as_own_ones_make_the_same_pages(folder):
    for name, contents in documents.shipped().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(contents)
    look = read_theme(Packet(folder))
    for document in documents.DOCUMENTS:
        if document.ending == "pdf" and not document.after:
            assert pdf_text(document.file(facts_of(), (), look)) == pdf_text(document.file(facts_of())), document.name


KNOWN = "briefing.typ, flyer.typ, flyer-half.typ, table-card.typ, venue-letter.typ, count-sheet.typ, after-action.typ"
NO_DOCUMENT = (
    f" in the templates' folder is no document: known are {KNOWN}; files that these import belong in a folder of their "
    "own, such as parts/."
)
OUTSIDE = "flyer.typ, line 1: a template may only read files of its own folder."
NOT_FOUND = "flyer.typ, line 1: file not found."
STOPPED = "flyer.typ: it was stopped, as a layout may take 10 s and 300 MB of memory at most."
ENDLESS = "#for a in range(100000) { for b in range(100000) { } }"


@pytest.mark.slow
@each(
    ("name", "written", "sentence"),
    [
        ("flyer.typ", "one\n\n#nothing", "flyer.typ, line 3: unknown variable: nothing."),
        ("flyer.typ", "#f(", "flyer.typ, line 1: unclosed delimiter."),
        ("flyer.typ", '#read("../secret")', OUTSIDE),
        ("flyer.typ", '#read("../../../../../etc/passwd")', OUTSIDE),
        ("flyer.typ", '#read("/etc/passwd")', NOT_FOUND),
        ("flyer.typ", '#read("/secret")', NOT_FOUND),  # in the working directory
        ("flyer.typ", '#read("in/secret")', NOT_FOUND),  # in a folder that a link leads to
        ("flyer.typ", "#let f(n) = f(n)\n#f(1)", "flyer.typ, line 1: maximum function call depth exceeded."),
        ("flyer.typ", "#while true {}", "flyer.typ, line 1: condition is always true."),
        (
            "parts/flyer.typ",
            "#let f(n) = if n > 0 { [#f(n - 1) #f(n - 1)] } else [x]\n#let flyer(..more) = f(60)",
            STOPPED,
        ),
        ("parts/flyer.typ", '\n#let flyer = 1 + "a"', "parts/flyer.typ, line 2: cannot add integer and string."),
        ("flier.typ", "x", f"flier.typ{NO_DOCUMENT}"),
        ("Flyer.typ", "x", f"Flyer.typ{NO_DOCUMENT}"),
        ("main.typ", "x", f"main.typ{NO_DOCUMENT}"),
    ],
)
def test_template_that_cannot_be_used_is_named_with_its_line(folder, monkeypatch, name, written, sentence):
    (folder.parent / "secret").write_text("SECRET")
    monkeypatch.chdir(folder.parent)
    (folder / "parts").mkdir(exist_ok=True)
    with suppress(FileExistsError):
        (folder / "in").symlink_to(folder.parent)
    (folder / name).write_text(written)
    told = refusal(folder)
    (folder / name).unlink()
    assert told == sentence


@pytest.mark.slow
def test_template_without_end_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(typesetting, "MAX_SECONDS", 1)
    (folder / "flyer.typ").write_text(ENDLESS)
    assert refusal(folder) == "flyer.typ: it was stopped, as a layout may take 1 s and 300 MB of memory at most."


def test_link_out_of_the_folder_a_pipe_and_too_many_bytes_are_refused_unread(folder, tmp_path):
    (folder.parent / "secret.txt").write_text("SECRET")
    (folder / "secret.txt").symlink_to(folder.parent / "secret.txt")
    leads_out = " in the templates' folder leads out of it: copy the file into the folder."
    assert refusal(folder) == f"secret.txt{leads_out}"
    (folder / "secret.txt").unlink()
    os.mkfifo(folder / "flyer.typ")
    assert refusal(folder) == f"flyer.typ{leads_out}"
    (folder / "flyer.typ").unlink()
    (folder / "large.png").write_bytes(b"x" * (documents.MAX_BYTES + 1))
    assert "10 MB" in refusal(folder)
    assert "templates under [packet] names no folder" in refusal(tmp_path / "nowhere")
    assert "seals under [packet] names no folder" in refusal(None, seals=tmp_path / "nowhere")


def test_links_within_the_folder_are_followed(folder):
    """As Kubernetes mounts a folder."""
    (folder / "..data").mkdir()
    (folder / "..data/flyer.typ").write_text('#set document(title: "t")\nmounted')
    (folder / "flyer.typ").symlink_to("..data/flyer.typ")
    assert "mounted" in pdf_text(flyer(folder))


# --- packages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """What a proxy that the machine's environment names was asked for."""
    asked = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self):
            asked.append(self.path)
            self.send_error(502)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        yield asked
        server.shutdown()
        thread.join()


NO_PACKAGES = "flyer.typ, line 2: a template may not import packages; copy the files that it needs into its folder."


@each(
    ("named", "written"),
    [
        (True, '#import "@preview/example:0.1.0": add'),
        (True, '#import "@local/ours:1.0.0"'),
        (True, '#include "@preview/example:0.1.0"'),
        # The name is put together: there is no folder to keep it in, and those of the machine's user are not looked at.
        (False, '#import "@pre" + "view/example:0.1.0": add'),
        (False, '#import "\\u{40}preview/example:0.1.0": add'),
        (False, '#eval("import \\"" + str.from-unicode(64) + "local/ours:1.0.0\\": add")'),
    ],
)
def test_packages_are_not_used_and_those_that_are_named_are_refused_before_anything_is_fetched(
    folder, asked, named, written, monkeypatch, tmp_path
):
    ours = tmp_path / "typst/packages/local/ours/1.0.0"
    ours.mkdir(parents=True, exist_ok=True)
    (ours / "typst.toml").write_text('[package]\nname = "ours"\nversion = "1.0.0"\nentrypoint = "lib.typ"\n')
    (ours / "lib.typ").write_text("#let add = 1")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (folder / "flyer.typ").write_text(f"one\n{written}")
    assert refusal(folder) == NO_PACKAGES
    assert not named or asked == []


# --- seals ----------------------------------------------------------------------------------------------------------


def alts(pdf):
    """The alternative texts of the pictures."""
    texts, todo = [], [pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]]
    while todo:
        part = todo.pop().get_object()
        if isinstance(part, list):
            todo += part
        elif isinstance(part, dict):
            texts += [part["/Alt"]] if "/Alt" in part else []
            todo += [part["/K"]] if "/K" in part else []
    return texts


@pytest.fixture
def seals(tmp_path):
    path = tmp_path / "seals"
    path.mkdir()
    Image.new("RGB", (900, 600), "#00795b").save(path / "WPD.png", pnginfo=None)
    Image.new("RGB", (60, 60), "#0b5cad").save(path / "CHP-MS.jpg")
    return path


@pytest.mark.slow
def test_seals_are_on_the_flyers_and_the_letter_with_their_names(seals):
    look = Theme(seals=seals)
    ours, theirs = "Weed Police Department", "California Highway Patrol Mount Shasta"
    for document in documents.FLYERS:
        told = alts(document.file(facts_of(), (), look))
        assert [text for text in told if "Seal" in text] == [f"Seal of {theirs}", f"Seal of {ours}"]
        assert [text for text in told if "Escudo" in text] == [f"Escudo de {theirs}", f"Escudo de {ours}"]
    assert alts(BY_NAME["venue-letter"].file(facts_of(), (), look)) == [f"Seal of {ours}"]
    assert [text for text in alts(documents.FLYERS[0].file(facts_of())) if "Seal" in text] == []


def test_seal_leaves_its_other_contents_behind(seals):
    picture = Image.new("RGB", (60, 60), "#0b5cad")
    exif = picture.getexif()
    exif[0x013B] = "Photographer Planted"
    picture.save(seals / "WPD.jpg", exif=exif)
    (seals / "WPD.png").unlink()
    assert b"Planted" in (seals / "WPD.jpg").read_bytes()
    drawing = Theme(seals=seals)._seals(["WPD"])["WPD"]
    picture = base64.b64decode(drawing.partition("base64,")[2].partition('"')[0])
    assert picture.startswith(b"\x89PNG")
    assert b"Planted" not in picture
    assert b"Planted" not in documents.FLYERS[0].file(facts_of(), (), Theme(seals=seals))


UNREADABLE = "The seal WPD.png is no PNG or JPEG that can be read: save it again as PNG."


@each(
    ("broken", "sentence"),
    [
        (lambda _: b"no picture", UNREADABLE),
        (lambda picture: picture[: len(picture) // 2], UNREADABLE),
        (lambda _: b"\x89PNG" + b"x" * documents.MAX_SEAL_BYTES, "The seal WPD.png has over 2 MB: make it smaller."),
        (lambda _: picture_of(20_000, 2_000), "The seal WPD.png has 20000 × 2000 pixels: make it smaller."),
    ],
)
def test_seal_that_cannot_be_used_is_named(seals, broken, sentence):
    whole = picture_of(900, 600)
    (seals / "WPD.png").write_bytes(broken(whole))
    assert refusal(None, seals=seals) == sentence


def picture_of(width, height):
    Image.new("1", (width, height)).save(file := io.BytesIO(), "PNG")
    return file.getvalue()


def test_agency_whose_name_no_file_can_have_has_no_seal(seals):
    (seals.parent / "out.png").write_bytes((seals / "WPD.png").read_bytes())
    assert Theme(seals=seals)._seals(["../out", "a/b", "WPD"]).keys() == {"WPD"}
