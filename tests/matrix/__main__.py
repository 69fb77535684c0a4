"""Write `docs/support.md` anew."""

from tests.matrix.page import PATH, page

PATH.write_text(page())
