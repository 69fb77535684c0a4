"""The pages behind a model's own URL, as text-generation-inference has them."""

from starlette.responses import Response

from serve_app import __version__
from serve_app.errors import NotReady
from serve_app.ingress.entry import Entry
from serve_app.ingress.replies import json_reply
from serve_app.ingress.site import Site
from serve_app.ingress.status import READY

MOST_STOPS = 16
MOST_CHOICES = 16


async def info(site: Site, entry: Entry) -> Response:
    """What the model is and what it takes; what only a running replica knows is null until one has run."""
    model, limits = entry.model, entry.model.limits
    card = await site.cards(entry) if site.directory.status(entry.name).state == READY else {}
    tokens = card.get("max_input_tokens") or limits.max_input_tokens
    known = entry.task.Params.model_fields
    return json_reply(
        {
            "model_id": model.hf_model_name,
            "model_sha": card.get("revision") or model.hf_model_kwargs.get("revision"),
            "model_dtype": card.get("dtype"),
            "model_device_type": card.get("device", model.hf_device).split(":")[0],
            "model_pipeline_tag": entry.task.name,
            "max_concurrent_requests": limits.max_queued_requests,
            "max_best_of": MOST_CHOICES if "best_of" in known else None,
            "max_stop_sequences": MOST_STOPS if "stop" in known else None,
            "max_input_tokens": tokens,
            "max_total_tokens": tokens,
            "max_client_batch_size": min(limits.max_items, site.server.max_items),
            "max_batch_total_tokens": card.get("cache_tokens") or None,
            "router": "serve-app",
            "version": __version__,
        }
    )


async def health(site: Site, entry: Entry) -> Response:
    """Whether the model takes calls; one that sleeps does, and is not woken for this."""
    status = site.directory.status(entry.name)
    if not status.takes_calls:
        raise NotReady(f'model "{entry.name}" is {status.state}: {status.reason}', None, status.patience_s)
    return json_reply({"status": "ok", "state": status.state})
