"""From the start of a server to its first answer: what is told meanwhile, and what is announced at the end."""

import os
import time
from typing import Any

import click
import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from serve_app import tasks
from serve_app.cli.curl import curl_line
from serve_app.cli.supervisor import Supervisor
from serve_app.config.document import Document

READY_S = 600.0
SILENT_S = 60.0


def await_ready(document: Document, supervisor: Supervisor, console: Console, dashboard: bool) -> None:
    """Tell what fails while the models load, and what there is once they have settled."""
    began = time.monotonic()
    told: dict[str, str] = {}
    words = f"starting Ray and loading {len(document.models)} models …"
    if not console.is_terminal:
        console.print(words)
    with console.status(words), httpx.Client(timeout=5) as client:
        while supervisor.running and not supervisor.stopping:
            reply = _ready(client, document)
            for name, state in (reply.get("models") or {}).items():
                if state["state"] == "failed" and told.get(name) != state["reason"]:
                    told[name] = state["reason"]
                    console.print(f"[red]{escape(name)} failed:[/] {escape(state['reason'])}")
            if reply.get("ready"):
                break
            if not reply and time.monotonic() - began > SILENT_S and "" not in told:
                told[""] = "silence"
                console.print("[red]the ingress does not answer yet;[/] `serve-app status` in another shell says why")
            if time.monotonic() - began > READY_S:
                console.print(f"[red]not ready after {READY_S:.0f} s;[/] still trying. See {document.url}/ready")
                return
            time.sleep(0.2)
    if supervisor.stopping:
        return
    if not supervisor.running:
        console.print(supervisor.tail(), markup=False)
        raise click.ClickException("serve run ended before the models were ready; the end of its log is above")
    _announce(document, reply["models"], time.monotonic() - began, console, dashboard)


def _ready(client: httpx.Client, document: Document) -> dict[str, Any]:
    try:
        reply = client.get(f"{document.url}/ready")
        return reply.json() if reply.headers.get("content-type") == "application/json" else {}
    except (httpx.HTTPError, ValueError):
        return {}


def _announce(document: Document, states: dict[str, Any], took_s: float, console: Console, dashboard: bool) -> None:
    table = Table(
        "model", "task", "state", Column("URL", overflow="fold"), box=None, pad_edge=False, header_style="bold"
    )
    for model in document.models:
        task = tasks.find(model.hf_task)
        state = states.get(model.name, {}).get("state", "")
        table.add_row(Text(model.name), task.name if task else "", state, Text(document.url + model.path))
    console.print(f"[green]ready[/] in {took_s:.1f} s at {document.url}")
    console.print(table)
    console.print()
    for model in document.models:
        console.print(curl_line(document.url, model), markup=False)
    console.print(f"\npages      {document.url}/docs   {document.url}/models   {document.url}/ready")
    if dashboard and "RAY_ADDRESS" not in os.environ:
        console.print("dashboard  http://127.0.0.1:8265 (its token: `serve-app token`)")
        console.print("Ray's CLI  export RAY_AUTH_MODE=token, then `serve status`; or `serve-app status`")
    console.print("stop       Ctrl-C, or SIGTERM to this process")
