"""The documents of an event, read back: each fact is its cell, a missing one is marked, nothing private is public."""

import datetime as dt
import io
import json
import re

import docx
import pypdf
import pytest
import zxingcpp
from PIL import Image

from cwac.addons import FormLink
from cwac.exports import spanish
from cwac.exports.typesetting import lay_out_pictures
from cwac.model import Tab, Workbook
from cwac.packet import documents, release
from cwac.packet.facts import missing_facts, packet_data
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.web import plan, planted

TODAY = dt.date(2026, 9, 29)
ADDRESS = "https://coffee.example.gov/e/"
HOSTILE = '#panic("x") *b* $x$ `raw` [a] <script> "q" \\ // #$_@{}\'~=-+.:;%&^|!?é–“”'

EVENTS = [
    "Event ID", "Date", "Start", "End", "Town", "Venue", "Backup venue", "Lead agency", "Partner agencies", "Status",
    "Officers needed", "Release due", "Release sent", "Funding", "Public notes", "Internal notes",
]  # fmt: skip


def day(month, number):
    return plan.serial(dt.date(2026, month, number))


def grids():
    return {
        "Events": [
            EVENTS,
            ["EV-1", day(10, 7), 8 / 24, 9.5 / 24, "Weed", "Weed Starbucks", "Weed Library", "WPD", "CHP-MS",
             "Confirmed", 4, day(9, 23), day(9, 24), "OTS grant 26-1", "Bring a chair.", "Ask for the key."],
            ["BLANK", day(10, 8), None, None, "Etna", "somewhere else", None, None, None, "Tentative", None, None, None,
             None, None, None],
            ["OLD", day(9, 1), 8 / 24, 10 / 24, "Weed", "Weed Starbucks", None, "WPD", None, "Completed", 2, None, None,
             None, None, None],
        ],
        "Staffing": [
            ["Event ID", "Officer", "Role", "Report", "Release", "Status", "Hours", "Swapped for"],
            ["EV-1", "OF-1", "Host", 7.5 / 24, 10 / 24, "Confirmed", None, None],
            ["EV-1", "OF-2", "Floor", None, None, "Assigned", None, None],
            ["EV-1", "1 from CHP-MS", "Greeter", None, None, None, None, None],
            ["OLD", "OF-1", "Host", None, None, "Attended", 2.5, None],
            ["OLD", "OF-2", "Floor", None, None, "No-show", None, None],
        ],
        "Attendance": [["Event ID", "Guests", "Youth", "Conversations"], ["OLD", 31, 4, 12]],
        "Agencies": [
            ["Agency", "Name", "Color", "Boilerplate", "Press contact"],
            ["WPD", "Weed Police Department", "#00795b", "WPD has served Weed since 1961.", "Press desk, 530-555-0177"],
            ["CHP-MS", "California Highway Patrol Mount Shasta", "#0b5cad", "The CHP keeps roads safe.", None],
        ],
        "Officers": [
            ["Officer ID", "Name", "Agency", "Supervisor"],
            ["OF-1", "A. Samplehost", "WPD", None],
            ["OF-2", "S. Samplechief", "CHP-MS", True],
        ],
        "Venues": [
            ["Venue", "Town", "Street", "Contact", "Contact work phone", "Parking", "Shelter site"],
            ["Weed Starbucks", "Weed", "150 Main St", "Shift lead", "530-555-0130", "Back lot; side door", True],
        ],
        "Towns": [["Town", "Population"], ["Weed", 2862], ["Etna", 678]],
        "Follow-ups": [
            ["Follow-up ID", "Event ID", "Category", "Summary", "Status"],
            ["F-1", "OLD", "Traffic", "Plantedsummary", "Open"],
            ["F-2", "OLD", "Noise", "Plantedsummary", "Closed"],
        ],
    }  # fmt: skip


def snapshot_of(tabs=None):
    sheets = tuple(Tab(name, rows, id=number) for number, (name, rows) in enumerate((tabs or grids()).items()))
    workbook = Workbook("plan.xlsx", dt.datetime(2026, 9, 29, 18, tzinfo=dt.UTC), plan.ZONE, sheets)
    return read_workbook(workbook, TODAY)


def changed(**cells):
    """The grids with these cells of EV-1, by header with _ for a blank."""
    tabs = grids()
    for header, value in cells.items():
        tabs["Events"][1][EVENTS.index(header.replace("_", " "))] = value
    return tabs


def facts_of(tabs=None, event_id="EV-1", **more):
    """The facts of an event."""
    snapshot = snapshot_of(tabs)
    return packet_data(snapshot, snapshot.event_by_id[event_id], **{"public_address": ADDRESS} | more)


def text_of(name, file):
    """The words of a document in one line, without soft hyphens."""
    if name.endswith("docx"):
        text = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(file)).paragraphs)
    else:
        text = file.decode() if name.endswith("txt") else pdf_text(file)
    return re.sub(r"\s+", " ", text.replace("\u00ad", ""))


def pdf_text(file):
    return "\n\f".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file)).pages)


def made(tabs=None, event_id="EV-1"):
    """What the event's documents are missing, and by name and ending each one's file and its text."""
    snapshot = snapshot_of(tabs)
    data, missing = facts_of(tabs, event_id), missing_facts(snapshot, snapshot.event_by_id[event_id])
    needed = documents.documents(data["event"])
    files = {f"{document.name}.{document.ending}": document.file(data, missing) for document in needed}
    return missing, files, {name: text_of(name, file) for name, file in files.items()}


@pytest.mark.slow
def test_venue_that_is_not_listed_is_in_no_public_document():
    assert [name for name, text in made(event_id="BLANK")[2].items() if "somewhere else" in text] == []


@pytest.mark.slow
def test_pages_are_tagged_for_screen_readers_and_say_their_language():
    for event_id in ("EV-1", "BLANK", "OLD"):
        for name, file in made(event_id=event_id)[1].items():
            if name.endswith("pdf"):
                paper = pypdf.PdfReader(io.BytesIO(file))
                root = paper.trailer["/Root"]
                assert b"pdfuaid" in file, name
                assert root["/MarkInfo"]["/Marked"], name
                assert root["/Lang"].startswith("en")
                if name.startswith("flyer"):
                    spanish_pages = [b"Lang(es-US)" in page.get_contents().get_data() for page in paper.pages]
                    assert spanish_pages == [False, True], name


GOOGLE = f"https://docs.google.com/forms/d/e/{'1FAIpQLS' * 7}/viewform?usp=pp_url&entry.1234567890=EV-1"
MICROSOFT = "https://forms.office.com/r/abcDEF"
FORMS = {"door": FormLink(f"{GOOGLE}&door", True), "feedback": FormLink(GOOGLE, True),
         "feedback_es": FormLink(MICROSOFT, False)}  # fmt: skip
BY_NAME = {document.name: document for document in documents.DOCUMENTS}
COUNTING, ASKING = ("briefing", "count-sheet"), ("flyer", "flyer-half", "table-card")


def codes_of(data, name):
    """The texts of the QR codes on a paper."""
    files = documents.shipped()
    page = {**documents.contents(name, BY_NAME[name].part_of(data), {}), "seals": {}}
    pages = lay_out_pictures({"main.typ": files[f"{name}.typ"], **files}, page)
    return {code.text for page in pages for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))}


def with_forms(forms):
    return facts_of(county="Siskiyou County", forms=forms)


@pytest.mark.slow
def test_qr_codes_are_read_back_as_the_links_and_forms_of_each_paper():
    route = "https://www.google.com/maps/dir/?api=1&destination=Weed+Starbucks%2C+150+Main+St%2C+Weed%2C+California"
    page, data = f"{ADDRESS}EV-1", with_forms(FORMS)
    assert {name: codes_of(data, name) for name in (*COUNTING, *ASKING, "venue-letter")} == {
        "briefing": {route, f"{GOOGLE}&door"},
        "count-sheet": {f"{GOOGLE}&door"},
        "flyer": {page, GOOGLE, MICROSOFT},
        "flyer-half": {page, GOOGLE, MICROSOFT},
        "table-card": {GOOGLE, MICROSOFT},
        "venue-letter": set(),
    }
    assert codes_of(with_forms({"feedback_es": FORMS["feedback_es"]}), "table-card") == {MICROSOFT}
    assert [codes_of(facts_of(public_address=None), name) for name in ("flyer", "flyer-half")] == [{route}] * 2


@pytest.mark.slow
def test_each_paper_says_which_event_to_enter_where_its_form_does_not_fill_it_in():
    data = with_forms({name: FormLink(MICROSOFT, False) for name in ("door", "feedback")})
    texts = {name: text_of("pdf", BY_NAME[name].file(data)) for name in (*COUNTING, *ASKING)}
    assert [name for name, text in texts.items() if "Event to enter: EV-1" not in text] == []
    assert [name for name, text in texts.items() if "Evento que debe indicar: EV-1" in text] == [*ASKING]
    assert text_of("pdf", BY_NAME["table-card"].file(with_forms(FORMS))) == (
        "Coffee with a Cop How was it? Scan and tell us. EV-1 Siskiyou County "
        "Café con un policía ¿Qué le pareció? Escanee y díganos. Evento que debe indicar: EV-1 Siskiyou County"
    )


@each("forms", [{}, {"door": FORMS["door"]}, {"feedback": FormLink(f"https://forms.gle/{'x' * 900}", True)}])
def test_form_that_is_not_there_or_cannot_be_scanned_gives_no_table_card(forms):
    data = with_forms(forms)
    assert data["feedback"] == {"en": None, "es": None}


@pytest.mark.slow
def test_address_too_long_for_paper_gives_way_to_the_map():
    data = facts_of(public_address=f"https://coffee.example/{'x' * 900}/")
    assert codes_of(data, "flyer") == {data["links"]["map"]}


def test_tentative_event_has_no_public_page_to_scan():
    assert facts_of(event_id="BLANK")["links"]["page"] is None


@pytest.mark.slow
def test_cell_text_is_never_markup():
    tabs = changed(Public_notes=HOSTILE)
    tabs["Venues"][1][5] = HOSTILE
    texts = made(tabs)[2]
    for name in ("briefing.pdf", "flyer.pdf", "release.docx", "release.txt"):
        assert "".join(HOSTILE.split()) in "".join(texts[name].split()), name


def long_grids():
    """Twenty agencies with long names, and long values everywhere else."""
    shorts = [f"AG-{number:02}" for number in range(20)]
    long = "Department of Public Safety and Highway Patrol of the Upper Klamath River Communities"
    notes = "Bring a chair and a neighbor, and park behind the hall. " * 9
    hall = "The large hall of the Upper Klamath River Communities " * 4
    agencies = {"Lead_agency": shorts[0], "Partner_agencies": "; ".join(shorts[1:])}
    tabs = changed(Public_notes=notes, Internal_notes=notes, Backup_venue=hall, **agencies)
    tabs["Agencies"] = [["Agency", "Name"], *[[short, f"{long} {short}"] for short in shorts]]
    tabs["Officers"] = [
        ["Officer ID", "Name", "Agency"],
        *[[f"OF-{short}", f"Maximiliana Featherstonehaugh {short}", short] for short in shorts],
    ]  # fmt: skip
    tabs["Staffing"] = [["Event ID", "Officer", "Role"], *[["EV-1", f"OF-{short}", "Floor"] for short in shorts]]
    tabs["Venues"][1][2] = "12345 Upper Klamath River Community Hall and Fairgrounds Access Road, Building 7"
    tabs["Venues"][1][5] = "Behind the hall, on the gravel; do not block the fire lane. " * 5
    return tabs, [f"{long} {short}" for short in shorts]


@pytest.mark.slow
def test_longest_values_of_twenty_agencies_fit_their_pages():
    tabs, names = long_grids()
    _, files, texts = made(tabs)
    for name in ("briefing.pdf", "flyer.pdf", "release.docx", "release.txt", "venue-letter.pdf"):
        assert [agency for agency in names if agency not in texts[name]] == [], name
    papers = {name: file for name, file in files.items() if name.endswith("pdf")}
    assert {name: len(pypdf.PdfReader(io.BytesIO(file)).pages) for name, file in papers.items()} == {
        "briefing.pdf": 1, "flyer.pdf": 2, "flyer-half.pdf": 2, "venue-letter.pdf": 1, "count-sheet.pdf": 1,
    }  # fmt: skip


# --- what is private ------------------------------------------------------------------------------------------------

PUBLIC_DOCUMENTS = ("flyer", "flyer-half", "table-card", "release", "release-es", "venue-letter", "count-sheet")


@pytest.mark.slow
def test_public_documents_have_no_officer_and_no_resident():
    snapshot = plan.snapshot(**planted.tabs(plan.TODAY))
    allowed = {
        "flyer": set(), "flyer-half": set(), "table-card": set(), "count-sheet": set(),
        "release": {"ZqboilerplateZq", "ZqpressZq", "ZqfundingZq"},
        "release-es": {"ZqboilerplateZq", "ZqpressZq", "ZqfundingZq"},
        "venue-letter": {"ZqcontactZq", "ZqbackupZq", "ZqpressZq"},
    }  # fmt: skip
    leaks, seen = {}, set()
    for event in snapshot.events:
        data = packet_data(snapshot, event, public_address=ADDRESS, forms=FORMS)
        for document in documents.documents(data["event"], residents_asked=True):
            text = text_of(document.ending, document.file(data, missing_facts(snapshot, event)))
            secrets = planted.secrets_in(text.encode())
            seen |= secrets
            if document.name in allowed:
                own = {event.id, event.title} & set(planted.PLANTED)
                leaks |= {
                    (document.name, event.id, secret): text
                    for secret in secrets - allowed[document.name] - own
                    if planted.PLANTED[secret] != planted.EVERYBODY
                }
    assert sorted(leaks) == []
    assert {"ZqadamZq", "ZqparkingZq", "ZqinternalZq", "ZqcontactZq"} <= seen
    assert not {secret for secret in seen if secret.startswith("Zqsaid")}


def test_public_documents_are_made_from_public_keys_only():
    private = {"people", "internal_notes", "topics", "results", "open_positions"}
    residents = [document for document in documents.DOCUMENTS if "feedback" in document.keys]
    assert [document.name for document in residents if "door" in document.keys] == []
    public = [document for document in documents.DOCUMENTS if document.name in PUBLIC_DOCUMENTS]
    assert {document.name for document in public} == set(PUBLIC_DOCUMENTS)
    assert [document.name for document in public if private & set(document.keys)] == []
    assert documents.FLYERS[0].keys == (*documents.PUBLIC, "feedback")


# --- words -------------------------------------------------------------------------------------------------


@each(
    ("funding", "sentence"),
    [
        ("OTS grant", "Funding for this program was provided by a grant from the California Office of Traffic Safety"),
        ("Paid for by the friends of Weed.", "Paid for by the friends of Weed."),
        ("Council fund 12, ask Joe", "[Funding: the sentence that the grant asks for, or delete this line]"),
        ("lots", "[Funding: the sentence"),
    ],
)
def test_funding_gives_a_whole_sentence_or_a_line_to_fill_in(funding, sentence):
    assert release.funding_sentence(funding, spanish.words("en")).startswith(sentence)


E_NAMES = (
    "Isla Patrol", "Índice", "Íony", "Hilda", "Hidalgo County", "Hidalgo", "Historia", "Irvine", "Ione", "Ione Police",
    "ione", "Igo", "Indian Wells", "Inyo",
)  # fmt: skip
Y_NAMES = (
    "B", "Hilt", "Highway Patrol", "Hielo", "Hierro", "Hiato", "Hiouchi", "Iowa Hill", "Ionestown", "Yreka", "Yolo",
    "Yale",
)  # fmt: skip


@each(
    ("name", "joined"),
    [
        *((name, "e") for name in E_NAMES),
        *((name, "y") for name in Y_NAMES),
    ],
)
def test_names_are_listed_in_both_languages(name, joined):
    assert [spanish.listed("en", names) for names in (["A"], ["A", name])] == ["A", f"A and {name}"]
    assert spanish.listed("es", ["A", "B", name]) == f"A, B {joined} {name}"


def test_data_is_plain_json_with_the_documented_keys():
    data = facts_of()
    assert json.loads(json.dumps(data)) == data
    assert {key for document in documents.DOCUMENTS for key in document.keys} == set(data)


@each(("event_id", "stem"), [("EV-1", "2026-10-07-EV-1"), ("../a b/c", "2026-10-07-a-b-c"), ("??", "2026-10-07-event")])
def test_file_names_are_plain(event_id, stem):
    assert documents.file_stem({"event": {"id": event_id}, "when": {"date": "2026-10-07"}}) == stem


@pytest.mark.slow
def test_category_is_printed_in_american_spelling():
    tabs = grids()
    tabs["Follow-ups"] += [["F-3", "OLD", "Neighbour", "Plantedsummary", "Open"]]
    assert "Neighbor (open: 1), Noise (closed: 1), Traffic (open: 1)" in made(tabs)[2]["briefing.pdf"]
    assert "Neighbor: 1, Noise: 1, Traffic: 1" in made(tabs, "OLD")[2]["after-action.pdf"]
    assert facts_of(tabs, "OLD")["results"]["follow_ups"] == {"Neighbour": 1, "Noise": 1, "Traffic": 1}


@pytest.mark.slow
def test_person_with_two_roles_is_counted_and_named_once():
    tabs = grids()
    tabs["Staffing"] += [
        ["EV-1", "OF-2", "Supervisor", None, None, "Assigned", None, None],
        ["OLD", "OF-1", "Greeter", None, None, "Attended", None, None],
        ["OLD", "OF-2", "Greeter", None, None, "No-show", None, None],
    ]
    assert "Supervisor: S. Samplechief At the venue" in made(tabs)[2]["briefing.pdf"]
    after = made(tabs, "OLD")[2]["after-action.pdf"]
    assert "2 needed, 1 listed as having come or assigned" in after
    assert after.count("S. Samplechief: No-show") == 1
    assert facts_of(tabs, "OLD")["results"]["assigned"] == 1


def test_times_at_the_site_include_officers_without_times_of_their_own():
    tabs = grids()
    tabs["Staffing"][1:4] = [
        ["EV-1", "OF-1", "Host", 8.5 / 24, 9 / 24, "Confirmed", None, None],
        ["EV-1", "OF-2", "Floor", None, None, "Assigned", None, None],
    ]
    site = facts_of(tabs)["site"]
    assert (site["report"], site["release"]) == ("8:00 AM", "9:30 AM")
