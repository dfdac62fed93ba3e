"""Coffee with a Cop: one shared sheet becomes a calendar, staffing and attendance dashboard.

The map. A cell that a coordinator types arrives through `sources` (Google, Excel, the sample), is kept
current by `live`, read by `sheet` into the records of `model`, asked questions by `answers`, narrowed to what
the viewer may see by `access`, and leaves by a page (`ui`, `pages/`), a file or feed (`outputs`) or the command
line (`cli`). Imports point one way only:

    pages, ui, dashboard -> server, cli -> live -> sources -> outputs, access -> answers -> sheet -> model, settings
"""
