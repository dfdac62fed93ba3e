"""One officer's shifts: a signed-in officer's own, else chosen once; the address keeps the choice."""

from cwac.web.sections import my_shifts
from cwac.web.session import enter

my_shifts.show(enter("my_shifts"))
