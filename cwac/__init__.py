"""Coffee with a Cop: one shared sheet becomes a calendar, staffing and attendance dashboard.

A cell that a coordinator types arrives through `sources`, is kept current by `refresh`, read by `sheet` into the
records of `model`, narrowed to what the viewer may see by `access`, asked questions by `analysis`, and leaves by a page
(`web`, `pages/`), a file or feed (`exports`), the command line (`cli`), or what an add-on makes of it (`addons.py`).
"""
