"""One part of an answer as it is told: white space belongs to the marks beside it."""


class ToldPart:
    """White space is held back until something follows that is no mark."""

    def __init__(self) -> None:
        self.text = ""
        self._held = ""
        self._behind_mark = False

    def add(self, text: str) -> str:
        """What of this, and of what was held back, is told."""
        if self._behind_mark and not self.text:
            text = text.lstrip()
        whole = self._held + text
        told = whole.rstrip()
        self._held = whole[len(told) :]
        if told:
            self._behind_mark = False
        self.text += told
        return told

    def mark(self) -> None:
        """Here a mark stood."""
        self._behind_mark = True
        if not self.text:
            self._held = ""

    def finish(self) -> str:
        """What was held back, unless there is nothing but a mark before it."""
        told, self._held = "" if self._behind_mark else self._held, ""
        self.text += told
        return told
