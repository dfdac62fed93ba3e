"""What changed in the sheet, day by day, with its effects on staffing, and the stored versions."""

from cwac.web.sections import changes
from cwac.web.session import enter

changes.show(enter("changes"))
