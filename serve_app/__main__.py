"""`python -m serve_app` is `serve-app`."""

from serve_app.cli.main import main

main()
