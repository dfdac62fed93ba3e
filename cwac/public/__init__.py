"""The public site: its pages, served by the dashboard and written as files for another web server."""
