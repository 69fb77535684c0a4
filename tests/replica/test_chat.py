"""Chats on the executors, with the stub for a model: it says its prompt again."""

from typing import Any

import pytest

from serve_app.config.schema import Model
from serve_app.replica.engines.stub import StubEngine
from serve_app.tasks import TASKS
from serve_app.types import Chunk, Done
from tests.replica.harness import Asking, working

TASK = TASKS["text-generation"]
TOOLS = [{"type": "function", "function": {"name": "f"}}]
CALL = '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>'


async def answered(chat: dict[str, Any], continuous: bool, verb: str, **params: Any) -> tuple[list[Chunk], Any]:
    engine = StubEngine()
    kit = engine.load(
        Model(name="m", hf_model_name="stub", engine="stub", engine_options={"continuous": continuous}), TASK
    )
    with working(TASK, engine, kit) as executor:
        asking = Asking(executor)
        [id] = asking.ask(chat, params=TASK.Params(**params), verb=verb)
        end = await asking.end(id)
    return [event for event in asking.heard[id] if isinstance(event, Chunk)], end


@pytest.mark.parametrize("verb", ["predict", "stream"])
@pytest.mark.parametrize("continuous", [True, False])
async def test_chats_work_on_the_stub(continuous: bool, verb: str) -> None:
    chat = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]}
    chunks, end = await answered(chat, continuous, verb)
    assert isinstance(end, Done)
    content = "system: Be brief.\nuser: hi\nassistant:"
    message: dict[str, Any] = {"content": content, "reasoning_content": None, "tool_calls": []}
    assert end.output == {"generated_text": content, "message": message}
    assert "".join(chunk.text for chunk in chunks) == (content if verb == "stream" else "")


@pytest.mark.parametrize("continuous", [True, False])
async def test_calls_and_thoughts_on_the_stub(continuous: bool) -> None:
    chat = {"messages": [{"role": "user", "content": f"so {CALL} it is"}], "tools": TOOLS}
    chunks, end = await answered(chat, continuous, "stream", details=True, n=2)
    assert isinstance(end, Done)
    content = 'tools: [{"type": "function", "function": {"name": "f"}}]\nuser: so  it is\nassistant:'
    for number, choice in enumerate(end.output["details"]["choices"]):
        assert choice["message"]["tool_calls"] == [{"name": "f", "arguments": '{"a": 1}'}]
        assert choice["message"]["content"] == content
        assert "".join(chunk.text for chunk in chunks if chunk.choice == number) == content
    assert len(end.output["details"]["choices"]) == 2


async def test_who_sends_messages_that_the_template_refuses_is_told() -> None:
    call = {"function": {"name": "f", "arguments": "["}}
    _, end = await answered({"messages": [{"role": "assistant", "tool_calls": [call]}]}, True, "predict")
    assert (end.kind, end.field) == ("validation", "messages[0].tool_calls[0].function.arguments")
