"""Add-on: the reports that funders ask for, as figures, tables and files."""
