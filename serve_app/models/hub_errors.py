"""The hub's many errors in one sentence each, with the way out."""

import errno

from serve_app.models.retrying import retry_after_s, status_of

DISK = (errno.ENOSPC, errno.EDQUOT)


def reason(error: Exception, model_id: str, revision: str, hub: str, path: str = "") -> str:
    """What an operator needs to know; the order goes from the special to the general."""
    from huggingface_hub import errors  # noqa: PLC0415

    what = f"{path} of {model_id}" if path else model_id
    status, wait_s = status_of(error), retry_after_s(error)
    later = f"in {wait_s:g} s" if wait_s is not None else "later"
    table: tuple[tuple[bool, str], ...] = (
        (
            isinstance(error, errors.GatedRepoError),
            f"{model_id} is gated: accept its terms on {hub}/{model_id} and set HF_TOKEN to a token of that account"
            if status == 401
            else f"{model_id} is gated and this token's account may not read it yet: ask for access on "
            f"{hub}/{model_id}, or set HF_TOKEN to another account's",
        ),
        (
            isinstance(error, errors.RepositoryNotFoundError),
            f"{hub} has no model {model_id} that this token may see: correct hf_model_name, or set HF_TOKEN",
        ),
        (
            isinstance(error, errors.RevisionNotFoundError),
            f"{model_id} has no revision {revision}: correct hf_model_kwargs.revision",
        ),
        (
            isinstance(error, errors.EntryNotFoundError),
            f"{hub} lists {what} and does not have it: try again later, or choose another revision",
        ),
        (
            isinstance(error, errors.HFValidationError),
            f"{model_id} is neither a folder here nor a model id like owner/name",
        ),
        (
            status in (401, 403),
            f"{hub} refuses to hand out {what} ({status}): set HF_TOKEN to a token that may read it",
        ),
        (
            status == 429,
            f"{hub} is asked too often (429) for {what}: try again {later}, or set HF_TOKEN, which raises the limit",
        ),
        (
            status is not None,
            f"{hub} did not hand out {what} ({status}): try again later, or set HF_ENDPOINT to a mirror",
        ),
        (
            isinstance(error, errors.LocalTokenNotFoundError),
            "hf_model_kwargs.token is true and this machine knows no token: set HF_TOKEN, or leave the key out",
        ),
        (isinstance(error, OSError), storage_reason(error, model_id)),
        (
            "Timeout" in type(error).__name__,
            f"{hub} fell silent while sending {what}: what has arrived is kept, so try again; a slow line needs "
            "HF_HUB_DOWNLOAD_TIMEOUT, in seconds"
            if path
            else f"{model_id} is not on this machine and the hub {hub} does not answer: set HF_ENDPOINT to a mirror, "
            "put the model's files in a folder and name that, or use one of demo/*",
        ),
        (
            bool(path),
            f"the connection to {hub} broke off while sending {what}: what has arrived is kept, so try again",
        ),
    )
    unreachable = (
        f"{model_id} is not on this machine and the hub {hub} cannot be reached: set HF_ENDPOINT to a mirror, "
        "put the model's files in a folder and name that, or use one of demo/*"
    )
    return next((words for fits, words in table if fits), unreachable)


def storage_reason(error: Exception, model_id: str) -> str:
    """Why this machine's disk does not take the model."""
    number = getattr(error, "errno", None)
    if number in DISK:
        return f"{model_id} does not fit the disk: make room, or set HF_HOME to a larger disk; what has arrived is kept"
    return (
        f"{model_id} cannot be stored ({error}): set HF_HOME or hf_model_kwargs.cache_dir to a folder that is writable"
    )
