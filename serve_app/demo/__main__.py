"""`python -m serve_app.demo [NAMES]` builds the demo models and prints their folders."""

import sys

from serve_app.demo import build_all
from serve_app.demo.table import buildable
from serve_app.errors import ModelCannotLoad


def main() -> int:
    try:
        print(*build_all(sys.argv[1:] or buildable()), sep="\n")
    except ModelCannotLoad as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
