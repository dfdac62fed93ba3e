"""Imports all that a server needs: the process from which `forked.py` forks servers imports this module first."""

import gc
import os
import pkgutil
import sys
from importlib import import_module

import cwac

PATH = [folder for folder in sys.path if folder]
"""The module search path of a new process, without its current folder."""

LIBRARIES = """
alembic.command altair anyio._backends._asyncio gspread holidays itsdangerous jinja2 jsonschema openpyxl
pandas.core.methods.to_dict psycopg pyarrow.pandas_compat sqlalchemy.dialects.postgresql.psycopg
sqlalchemy.dialects.sqlite streamlit.web.cli streamlit.web.server.starlette.starlette_app typst uvloop
"""
NOT_IMPORTED = ("cwac.__main__", "cwac.cli", "cwac.storage.migrations", "cwac.web.layout")
"""The command line, and scripts."""

# Only a process of one thread can be forked safely.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
for library in LIBRARIES.split():
    import_module(library)
for module in pkgutil.walk_packages(cwac.__path__, "cwac."):
    if not module.name.startswith(NOT_IMPORTED):
        import_module(module.name)
gc.freeze()  # else each forked server would copy all of this memory when it looks for garbage
