"""The section `[forms]`: addresses of forms of Google and Microsoft alone, with what is filled in."""

from cwac.forms.settings import Forms, filled_in, read
from cwac.settings.section import Typed
from tests.cases import each

SHIFT = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1={event}&entry.2={officer}"
HOSTS = "docs.google.com, forms.gle, forms.office.com, forms.office365.us or forms.cloud.microsoft"


@each(
    "address", [SHIFT, "https://forms.gle/abc", "https://forms.office.com/r/abc", "https://forms.cloud.microsoft/r/a"]
)
def test_address_of_a_form_is_read(address):
    assert read(Typed({"forms": {"shift": address}})) == Forms(address)


def test_nothing_typed_is_no_section_and_answers_are_published_only_where_the_settings_say_so():
    published = [read(Typed({"forms": {"publish_feedback": typed}})).publish_feedback for typed in (True, "yes", False)]
    assert published == [True, True, False]
    assert not read(Typed({"forms": {"door": "https://forms.gle/abc"}})).publish_feedback
    assert read(Typed({})) is None


def test_answers_that_are_filled_in_are_quoted():
    assert filled_in(SHIFT, "EV 1&x", "A. Sample") == (
        "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1=EV%201%26x&entry.2=A.%20Sample"
    )
