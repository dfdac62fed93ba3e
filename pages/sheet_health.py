"""The cells to fix, errors first, whose they are, how the sheet is read, then notes and row counts."""

from cwac.web.sections import sheet_health
from cwac.web.session import enter

sheet_health.show(enter("sheet_health"))
