"""One request to a model: whom it has reached, in which dialect, what went wrong, and how that is counted."""

from time import monotonic

from starlette.responses import Response

from serve_app.errors import AppError, NotFound
from serve_app.ingress.bodies import Headers, is_json, parse_json
from serve_app.ingress.dialects import FILES, dialect_of
from serve_app.ingress.dialects.base import Body, Dialect
from serve_app.ingress.directory import Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.naming import FIELD
from serve_app.ingress.replies import error_reply, fault_reply
from serve_app.meters import Meters

UNKNOWN = "-"


class Visit:
    """What the path does not tell, the body does."""

    def __init__(self, meters: Meters, dialect: Dialect | None, entry: Entry | None) -> None:
        self._meters = meters
        self._dialect = dialect
        self._entry = entry
        self.began = monotonic()

    def understood(self, headers: Headers, raw: bytes, directory: Directory) -> tuple[Dialect, Entry, Body]:
        """The dialect, the model and the body of this request, or the error that says what is missing."""
        if self._dialect is not None:
            body = self._dialect.parse(headers, raw)
        elif self._entry is not None and self._entry.task.takes_bytes and not is_json(headers, raw):
            self._dialect, body = FILES, {FILES.mark: raw}
        else:
            assert self._entry is not None, "only a model's own URL leaves the dialect to the body"
            body = parse_json(headers, raw)
            self._dialect = dialect_of(body, self._entry.task)
        if self._entry is None:
            entry = self._dialect.whose(body, directory)
            if not self._dialect.serves(entry.task):
                raise NotFound(f'model "{entry.name}" does {entry.task.name}, and that is not asked for here', FIELD)
            self._entry = entry
        return self._dialect, self._entry, body

    def placed(self, error: AppError, index: int | None = None) -> AppError:
        """What a replica says, in the caller's own words."""
        if self._dialect is None or self._entry is None:
            return error
        return self._dialect.placed(error, self._entry, index)

    def failed(self, error: AppError) -> None:
        self._meters.add("serve_app_errors_total", 1, self._name, error.kind)

    def refusal(self, error: AppError) -> Response:
        """The error as a reply, in the dialect if that is known."""
        return error_reply(error) if self._dialect is None else fault_reply(error, *self._dialect.fault(error))

    def over(self) -> None:
        spoken = self._dialect.name if self._dialect else UNKNOWN
        self._meters.add("serve_app_requests_total", 1, self._name, spoken)
        self._meters.add("serve_app_request_seconds_total", monotonic() - self.began, self._name)

    @property
    def _name(self) -> str:
        return self._entry.name if self._entry else UNKNOWN
