"""`python -m index` is `warta`."""

from index.cli import main

main()
