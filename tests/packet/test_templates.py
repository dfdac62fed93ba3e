"""An agency's own layouts and seals: what they may read, and what is said of those that cannot be used."""

import base64
import io
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pypdf
import pytest
from PIL import Image

from cwac.packet import documents, layouts
from cwac.packet.layouts import TemplateError, Theme, read_theme
from cwac.packet.settings import Packet
from tests.cases import each
from tests.packet.test_documents import facts_of, pdf_text

HEAD = '#set document(title: "t")\n'


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "templates"
    path.mkdir()
    return path


def flyer(folder, *, seals=None):
    return documents.FLYER.file(facts_of(), (), read_theme(Packet(folder, seals)))


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
    letter = next(document for document in documents.DOCUMENTS if document.name == "venue-letter")
    assert "Thank you for opening your doors" in pdf_text(letter.file(facts_of(), (), read_theme(Packet(folder))))


@pytest.mark.slow
def test_shipped_templates_as_own_ones_make_the_same_pages(folder):
    for name, contents in layouts.shipped().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(contents)
    look = read_theme(Packet(folder))
    for document in documents.DOCUMENTS:
        if document.ending == "pdf" and not document.after:
            assert pdf_text(document.file(facts_of(), (), look)) == pdf_text(document.file(facts_of())), document.name


@pytest.mark.slow
@each(
    ("written", "sentence"),
    [
        ("one\n\n#nothing", "flyer.typ, line 3: unknown variable: nothing."),
        ("#f(", "flyer.typ, line 1: unclosed delimiter."),
        ('#read("../secret")', "flyer.typ, line 1: a template may only read files of its own folder."),
        ('#read("../../../../../etc/passwd")', "flyer.typ, line 1: a template may only read files of its own folder."),
        ('#read("/etc/passwd")', "flyer.typ, line 1: file not found."),
        ("#let f(n) = f(n)\n#f(1)", "flyer.typ, line 1: maximum function call depth exceeded."),
        ("#while true {}", "flyer.typ, line 1: condition is always true."),
    ],
)
def test_template_that_cannot_be_used_is_named_with_its_line(folder, written, sentence):
    (folder.parent / "secret").write_text("SECRET")
    (folder / "flyer.typ").write_text(written)
    assert refusal(folder) == sentence


def test_broken_part_is_named_itself(folder):
    (folder / "parts").mkdir()
    (folder / "parts/flyer.typ").write_text('\n#let flyer = 1 + "a"')
    assert refusal(folder).startswith("parts/flyer.typ, line 2: cannot add")


@pytest.mark.parametrize("link", ["file", "folder"])
def test_links_out_of_the_folder_are_not_followed(folder, link):
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("SECRET")
    (folder / "flyer.typ").write_text('#read("secret.txt")' if link == "file" else '#read("in/secret.txt")')
    if link == "file":
        (folder / "secret.txt").symlink_to(outside / "secret.txt")
        assert refusal(folder) == (
            "secret.txt in the templates' folder leads out of it: copy the file into the folder."
        )
    else:
        (folder / "in").symlink_to(outside)
        assert refusal(folder) == "flyer.typ, line 1: file not found."


def test_links_within_the_folder_are_followed(folder):
    """As Kubernetes mounts a folder."""
    (folder / "..data").mkdir()
    (folder / "..data/flyer.typ").write_text(f"{HEAD}mounted")
    (folder / "flyer.typ").symlink_to("..data/flyer.typ")
    assert "mounted" in pdf_text(flyer(folder))


def test_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "flyer.typ")
    assert "leads out of it" in refusal(folder)


@each(("name", "contents"), [("flier.typ", "x"), ("Flyer.typ", "x"), ("main.typ", "x")])
def test_misspelled_document_is_refused(folder, name, contents):
    (folder / name).write_text(contents)
    assert refusal(folder).startswith(f"{name} in the templates' folder is no document: known are briefing.typ, ")
    (folder / name).unlink()


def test_folder_that_is_missing_or_too_large_is_refused(folder, tmp_path):
    assert "names no folder" in refusal(tmp_path / "nowhere")
    (folder / "large.png").write_bytes(b"x" * (layouts.MAX_BYTES + 1))
    assert "10 MB" in refusal(folder)


# --- packages -------------------------------------------------------------------------------------------------------


class Proxy(BaseHTTPRequestHandler):
    asked: list[str]

    def do_CONNECT(self):
        self.asked.append(self.path)
        self.send_error(502)

    def log_message(self, *_):
        pass


@pytest.fixture
def asked(monkeypatch):
    """What a proxy that the machine's environment names was asked for."""
    asked = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (Proxy,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


NO_PACKAGES = "flyer.typ, line 2: a template may not import packages; copy the files that it needs into its folder."


@each(
    "written",
    [
        '#import "@preview/example:0.1.0": add',
        '#import "@local/ours:1.0.0"',
        '#include "@preview/example:0.1.0"',
    ],
)
def test_packages_are_refused_before_anything_is_fetched(folder, asked, written):
    (folder / "flyer.typ").write_text(f"one\n{written}")
    assert refusal(folder) == NO_PACKAGES
    assert asked == []


@pytest.mark.usefixtures("asked")
@each(
    "written",
    [
        '#import "@pre" + "view/example:0.1.0": add',
        '#import "\\u{40}preview/example:0.1.0": add',
        '#eval("import \\"" + str.from-unicode(64) + "local/ours:1.0.0\\": add")',
    ],
)
def test_package_whose_name_is_put_together_is_not_used(folder, written, monkeypatch, tmp_path):
    """Nowhere is there a folder to keep it in, and those of the machine's user are not looked at."""
    ours = tmp_path / "typst/packages/local/ours/1.0.0"
    ours.mkdir(parents=True, exist_ok=True)
    (ours / "typst.toml").write_text('[package]\nname = "ours"\nversion = "1.0.0"\nentrypoint = "lib.typ"\n')
    (ours / "lib.typ").write_text("#let add = 1")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (folder / "flyer.typ").write_text(f"one\n{written}")
    assert refusal(folder) == NO_PACKAGES


def test_layouts_do_not_read_the_working_directory(folder, monkeypatch, tmp_path):
    (tmp_path / "secret.txt").write_text("SECRET")
    monkeypatch.chdir(tmp_path)
    (folder / "flyer.typ").write_text('#read("/secret.txt")')
    assert refusal(folder) == "flyer.typ, line 1: file not found."


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
    letter = next(document for document in documents.DOCUMENTS if document.name == "venue-letter")
    assert alts(letter.file(facts_of(), (), look)) == [f"Seal of {ours}"]
    assert [text for text in alts(documents.FLYER.file(facts_of())) if "Seal" in text] == []


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
    assert b"Planted" not in documents.FLYER.file(facts_of(), (), Theme(seals=seals))


def broken_seal(path, kind):
    if kind == "text":
        path.write_text("no picture")
    elif kind == "half":
        path.write_bytes(path.read_bytes()[:200])
    elif kind == "bytes":
        path.write_bytes(b"\x89PNG" + b"x" * layouts.MAX_SEAL_BYTES)
    else:
        Image.new("1", (20_000, 2_000)).save(path)


@each(
    ("kind", "sentence"),
    [
        ("text", "The seal WPD.png is no PNG or JPEG that can be read: save it again as PNG."),
        ("half", "The seal WPD.png is no PNG or JPEG that can be read: save it again as PNG."),
        ("bytes", "The seal WPD.png has over 2 MB: make it smaller."),
        ("pixels", "The seal WPD.png has 20000 × 2000 pixels: make it smaller."),
    ],
)
def test_seal_that_cannot_be_used_is_named(seals, kind, sentence):
    broken_seal(seals / "WPD.png", kind)
    assert refusal(None, seals=seals) == sentence


def test_agency_whose_name_no_file_can_have_has_no_seal(seals):
    (seals.parent / "out.png").write_bytes((seals / "WPD.png").read_bytes())
    assert Theme(seals=seals)._seals(["../out", "a/b", "WPD"]).keys() == {"WPD"}


def test_seals_folder_that_is_missing_is_named(tmp_path):
    assert "seals under [packet] names no folder" in refusal(None, seals=tmp_path / "nowhere")
