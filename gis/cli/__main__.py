"""``python -m gis.cli``: the command where no script is on the path."""

from gis.cli import main

main()
