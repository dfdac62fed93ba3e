"""The calendar component: its content in Python, its browser side in `assets/`."""
