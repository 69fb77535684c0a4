"""`serve-app example`: an input to try a model with, ready to be sent."""

import base64
import json
import sys
from contextlib import suppress
from typing import Any

import click

from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.demo.table import TABLE
from serve_app.errors import InvalidInput
from serve_app.models.sources import locate


@click.command()
@click.argument("model")
@click.argument("task")
def example(model: str, task: str) -> None:
    """Write an example for MODEL (a demo model's own, else the task's) and TASK: a file's bytes, or JSON.

    Send it as it is: serve-app example demo/resnet image-classification | curl URL --data-binary @-
    """
    if tasks.find(task) is None:
        raise click.BadParameter(f"there is no task {task}; `serve-app tasks` lists them", param_hint="TASK")
    value, parameters = example_of(Model(name="example", hf_model_name=model, hf_task=task))
    out = sys.stdout.buffer
    if isinstance(value, bytes) and not parameters:
        out.write(value)
    else:
        body = {"inputs": value} | ({"parameters": parameters} if parameters else {})
        out.write(json.dumps(body, default=lambda file: base64.b64encode(file).decode()).encode() + b"\n")


def example_of(model: Model) -> tuple[Any, dict[str, Any]]:
    """An input, a file as its bytes, and the parameters that go with it."""
    contract, source = Contract(model), locate(model)
    value, parameters = contract.task.example()
    if source.kind == "demo" and source.name in TABLE:
        # A demo model may serve another task than the one that its example is for.
        with suppress(InvalidInput):
            given = TABLE[source.name].sample()
            contract.inputs(given, "text")
            return given, parameters
    if contract.task.takes_bytes and isinstance(value, str):
        [value], _ = contract.inputs(value, "text")
    return value, parameters
