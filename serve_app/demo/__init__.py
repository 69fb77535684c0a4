"""Small trained models that need no download: `build` makes each on first use and keeps it in a cache."""

from serve_app.demo.cache import build
from serve_app.demo.parallel import build_all
from serve_app.demo.table import NAMES

__all__ = ["NAMES", "build", "build_all"]
