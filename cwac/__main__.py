"""`python -m cwac` is the command `cwac`."""

from cwac.cli import main

main()
