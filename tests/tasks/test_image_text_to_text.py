"""Chats with images against transformers' own processor and `generate`: the same text, alone and in any company."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InvalidInput
from tests.media import file_of, picture
from tests.served_model import ServedModel
from tests.tasks.test_chat import said

WRITE: dict[str, Any] = {"max_new_tokens": 12, "return_full_text": False}
SMALL, WIDE, TALL = picture(0), picture(1, 100, 64), picture(2, 30, 90)
FILES = {id(image): file_of(image) for image in (SMALL, WIDE, TALL)}
Words = Sequence[Any]
"""Texts and images of one message, in order."""
CHATS: list[Words] = [
    [SMALL, "What is it?"],
    ["Look", WIDE, "and", TALL],
    ["Nothing to see"],
    [TALL, TALL, "twice"],
    ["What a wonderful long day it was by the sea", SMALL],
]


@pytest.fixture(scope="module", params=["llava", "idefics3"])
def seer(folders: dict[str, Path], request: pytest.FixtureRequest) -> ServedModel:
    return ServedModel(folders[request.param], "image-text-to-text")


def chat(*words: Any, **more: Any) -> dict[str, Any]:
    """As OpenAI's clients would send it, after the check at the ingress."""
    parts = [
        {"type": "text", "text": each}
        if isinstance(each, str)
        else {"type": "image_url", "image_url": {"url": FILES[id(each)]}}
        for each in words
    ]
    return {"messages": [{"role": "user", "content": parts}], **more}


def plain(seer: ServedModel, words: Words, **settings: Any) -> str:
    """What transformers makes of it alone."""
    processor = seer.kit.processor
    content = [
        {"type": "text", "text": each} if isinstance(each, str) else {"type": "image", "image": each} for each in words
    ]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    return generated(seer, inputs, **settings)


def generated(seer: ServedModel, inputs: Any, **settings: Any) -> str:
    import torch

    with torch.inference_mode():
        [written] = seer.engine._loaded.network.generate(**inputs, do_sample=False, max_new_tokens=12, **settings)
    new = written[inputs["input_ids"].shape[1] :]
    return str(seer.kit.tokenizer.decode(new, skip_special_tokens=True)).rstrip("\ufffd")


def contents(seer: ServedModel, inputs: Sequence[Any], **params: Any) -> list[str]:
    return [done.output["message"]["content"] for _, done in seer.stream(inputs, [{**WRITE, **params}] * len(inputs))]


def test_greedy_is_transformers_own_in_a_batch_and_alone(seer: ServedModel) -> None:
    expected = [plain(seer, words) for words in CHATS]
    inputs = [chat(*words) for words in CHATS]
    assert [contents(seer, [each])[0] for each in inputs] == expected
    batches: dict[Any, list[int]] = {}
    for place, row in enumerate(seer.rows(seer.items(inputs, [WRITE] * len(inputs)))):
        batches.setdefault(row.group, []).append(place)
    assert max(map(len, batches.values())) > 1, "some of them share a call"
    for places in batches.values():
        assert contents(seer, [inputs[place] for place in places]) == [expected[place] for place in places]
    assert len(set(expected)) == len(expected)


def test_beams_are_transformers_own(seer: ServedModel) -> None:
    words = [[SMALL, "What is it?"], [SMALL, "What else is there?"]]
    expected = [plain(seer, each, num_beams=3) for each in words]
    assert contents(seer, [chat(*each) for each in words], num_beams=3) == expected


def test_prompts_without_a_conversation(seer: ServedModel) -> None:
    made = seer.kit.processor(text=["<image>a good day<image>"], images=[[SMALL, WIDE]], return_tensors="pt")
    prompts = [
        {"text": "<image>a good day<image>", "images": [FILES[id(SMALL)], FILES[id(WIDE)]]},
        {"text": "a good day", "image": FILES[id(TALL)]},
        "a good day",
    ]
    [own], [first], [alone] = (seer.predict([each], **WRITE) for each in prompts)
    assert own == generated(seer, made)
    assert first == plain(seer, [TALL, "a good day"])
    assert alone == generated(seer, seer.kit.processor(text=["a good day"], return_tensors="pt"))
    assert seer.predict(prompts[1:2], max_new_tokens=12) == ["a good day" + first]


def test_the_pipeline_says_the_same(folders: dict[str, Path]) -> None:
    from transformers import pipeline

    seer = ServedModel(folders["llava"], "image-text-to-text")
    pipe = pipeline("image-text-to-text", str(folders["llava"]), device="cpu")
    [told] = pipe(text="<image>a good day", images=SMALL, max_new_tokens=12, generate_kwargs={"do_sample": False})
    prompt = {"text": "<image>a good day", "image": FILES[id(SMALL)]}
    assert seer.predict([prompt], max_new_tokens=12) == [told["generated_text"].rstrip("\ufffd")]


def test_prompts_that_begin_with_their_image_and_tell_what_each_token_is(folders: dict[str, Path]) -> None:
    seer = ServedModel(folders["paligemma"], "image-text-to-text")
    asked = [("caption en", SMALL), ("a much longer question about the image", WIDE)]
    expected = [
        generated(seer, seer.kit.processor(text=[f"<image>{text}"], images=[[image]], return_tensors="pt"))
        for text, image in asked
    ]
    prompts = [{"text": text, "image": FILES[id(image)]} for text, image in asked]
    [row, _] = seer.rows(seer.items(prompts, [WRITE] * 2))
    assert row.arrays["token_type_ids"].shape == (1, row.length)
    assert seer.predict(prompts, **WRITE) == expected
    assert [seer.predict([prompt], **WRITE)[0] for prompt in prompts] == expected
    with pytest.raises(InvalidInput, match="no chat template"):
        seer.predict([chat(SMALL)], **WRITE)


def test_images_count_as_what_they_take_of_the_prompt(seer: ServedModel) -> None:
    params = {**WRITE, "details": True}
    [(_, without)], [(_, with_one)] = (
        seer.stream([chat(*words)], [params]) for words in (["What is it?"], [SMALL, "What is it?"])
    )
    own = seer.kit.processor(text=["<image>"], images=[[SMALL]], add_special_tokens=False)["input_ids"][0]
    more = with_one.output["details"]["input_length"] - without.output["details"]["input_length"]
    assert more == len(own) > 1


def test_answers_to_one_prompt_share_its_images(seer: ServedModel) -> None:
    [(_, drawn)] = seer.stream(
        [chat("Look", WIDE, "and", TALL)], [{**WRITE, "n": 3, "temperature": 1.5, "seed": 5, "details": True}]
    )
    [(_, one)] = seer.stream([chat("Look", WIDE, "and", TALL)], [{**WRITE, "temperature": 1.5, "seed": 5}])
    said_of_all = [choice["generated_text"] for choice in drawn.output["details"]["choices"]]
    assert len(set(said_of_all)) == 3
    assert one.output["generated_text"] == said_of_all[0]


def test_the_oldest_turns_go_with_their_images(seer: ServedModel) -> None:
    turns = [turn for _ in range(40) for turn in chat(SMALL, "a wonderful long day by the sea")["messages"]]
    long = {"messages": turns, "truncation": "auto"}
    [(_, cut)] = seer.stream([long], [{**WRITE, "details": True}])
    kept = cut.output["details"]["input_length"] + WRITE["max_new_tokens"]
    assert seer.kit.max_total_tokens * 0.8 < kept <= seer.kit.max_total_tokens
    [refused] = seer.task.expand(seer.items([{"messages": turns}], [WRITE]), seer.kit)
    assert "tokens" in str(refused)


def test_a_chat_calls_tools(folders: dict[str, Path]) -> None:
    seer = ServedModel(folders["llava"], "image-text-to-text")
    tools = [{"type": "function", "function": {"name": "name_it", "parameters": {"type": "object"}}}]
    call = 'I see.\n<tool_call>\n{"name": "name_it", "arguments": {"of": "a cat"}}\n</tool_call><|im_end|>'
    _, done, engine = said(seer, [call], tools=tools, messages=chat(SMALL, "What is it?")["messages"])
    assert done.output["message"]["tool_calls"] == [{"name": "name_it", "arguments": '{"of": "a cat"}'}]
    assert engine.given[0].features["pixel_values"].shape[0] == 1


BROKEN = base64.b64decode("iVBORw0KGgo=") + b"no image"


@pytest.mark.parametrize(
    ("value", "params", "field", "words"),
    [
        (chat(SMALL, "a <image> b"), {}, None, "`<image>` stands for an image: the prompt has 2 of them, and 1 images"),
        ({"text": "<image><image>", "image": FILES[id(SMALL)]}, {}, None, "has 2 of them, and 1 images"),
        ({"text": "a", "images": [FILES[id(SMALL)], BROKEN]}, {}, "images[1]", ""),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "image": BROKEN}]}]},
            {},
            "messages[0].content[0]",
            "",
        ),
        (chat(SMALL, "a"), {"truncate": 5}, "truncate", "cannot be cut"),
        (chat(SMALL, TALL), {"num_beams": 2}, "num_beams", "one image at most"),
        ({"text": "a", "images": [FILES[id(WIDE)]] * 64}, {}, "images[5]", "38400 pixels, and this model takes 35000"),
    ],
    ids=str,
)
def test_what_is_wrong_harms_no_neighbour(
    folders: dict[str, Path], value: Any, params: dict[str, Any], field: str | None, words: str
) -> None:
    seer = ServedModel(folders["llava"], "image-text-to-text", limits={"max_pixels": 35_000})
    good = chat(SMALL, "What is it?")
    items = seer.items([good, value, good], [WRITE, {**WRITE, **params}, WRITE])
    first, error, last = seer.task.expand(items, seer.kit)
    assert isinstance(error, InvalidInput), error
    assert error.field == field
    assert words in error.message
    assert isinstance(first, list)
    assert isinstance(last, list)


def test_models_that_read_text_say_so(chat_model: ServedModel) -> None:
    from pydantic import TypeAdapter, ValidationError

    with pytest.raises(ValidationError, match="text"):
        TypeAdapter(chat_model.task.Input).validate_python(chat(SMALL))


@pytest.fixture(scope="module")
def chat_model(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["chat"], "text-generation")
