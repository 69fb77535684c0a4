"""The hub itself: what a repository holds, and the bytes of one file."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad
from serve_app.models import hub_errors
from serve_app.models.listing import File, Listing, checked
from serve_app.models.retrying import Retrying, status_of

NOTHING_BEHIND = 416
Received = Callable[[int], None]
"""Told how many bytes of the file are here."""


class Hub:
    """One repository of the hub that HF_ENDPOINT names, as one caller may see it."""

    def __init__(self, model_id: str, revision: str, kwargs: Mapping[str, Any]) -> None:
        self._id = model_id
        self._revision = revision
        self._token = kwargs.get("token")
        self._offline = bool(kwargs.get("local_files_only")) or _is_offline()
        self.address = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"

    @property
    def offline(self) -> bool:
        """Whether the operator forbids to ask it."""
        return self._offline

    def listing(self) -> Listing:
        """What the revision is at this moment."""
        from huggingface_hub import HfApi, constants  # noqa: PLC0415 (only models of a hub need it)

        api = HfApi(endpoint=self.address, token=self._token)
        waits = Retrying(connections=False)
        while True:
            try:
                found = api.model_info(
                    self._id, revision=self._revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT
                )
                break
            except Exception as error:
                if not waits.pause(error):
                    raise self._told(error) from error
        files = tuple(
            File(
                file.rfilename,
                file.lfs.size if file.lfs else file.size or 0,
                file.lfs.sha256 if file.lfs else file.blob_id or "",
            )
            for file in found.siblings or ()
        )
        return checked(self._id, Listing(found.sha or "", files))

    def receive(self, commit: str, file: File, into: Path, received: Received) -> None:
        """Fill a file up to the size it should have, from where it was broken off; a short gap is bridged."""
        waits, most = Retrying(), _size(into)
        while (here := _size(into)) < file.size:
            if here > most:
                most, waits = here, Retrying()
            try:
                self._stream(commit, file, into, received)
                ended_early = _size(into) <= here
            except Exception as error:
                ended_early = status_of(error) == NOTHING_BEHIND
                if not ended_early and not waits.pause(error):
                    raise self._told(error, file.path) from error
            if ended_early:
                raise ModelCannotLoad(
                    f"{self.address} sends only {_size(into)} of the {file.size} bytes of {file.path} of {self._id}: "
                    "try again later, or set HF_ENDPOINT to a mirror"
                )

    def _stream(self, commit: str, file: File, into: Path, received: Received) -> None:
        from huggingface_hub import constants, get_session, hf_hub_url  # noqa: PLC0415
        from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: PLC0415 (public, though not in __all__)
            build_hf_headers,
            hf_raise_for_status,
        )

        # Ranges count the bytes as they are, so they must not come compressed.
        headers = {**build_hf_headers(token=self._token), "Accept-Encoding": "identity"}
        here = _size(into)
        if here:
            headers["Range"] = f"bytes={here}-"
        url = hf_hub_url(self._id, file.path, revision=commit, endpoint=self.address)
        timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
            hf_raise_for_status(response)
            resumed = response.status_code == 206
            with into.open("ab" if resumed else "wb") as out:
                for chunk in response.iter_bytes():
                    out.write(chunk)
                    # What has arrived is kept, whatever happens next.
                    out.flush()
                    received(out.tell())
                    if out.tell() > file.size:
                        break

    def _told(self, error: Exception, path: str = "") -> ModelCannotLoad:
        return ModelCannotLoad(hub_errors.reason(error, self._id, self._revision, self.address, path))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_offline() -> bool:
    from huggingface_hub import constants  # noqa: PLC0415

    return constants.is_offline_mode()
