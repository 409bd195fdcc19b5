"""`python -m app` is the `congvu` command."""

from app.cli import main

main()
