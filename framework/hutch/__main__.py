"""``python -m hutch``: the ``hutch`` command of this interpreter."""

from hutch.cli.main import main

main()
