"""The quarterly report and the reports that funders ask for, in figures and as files, and the data as CSV."""

from cwac.web.sections import reports
from cwac.web.session import enter

reports.show(enter("reports"))
