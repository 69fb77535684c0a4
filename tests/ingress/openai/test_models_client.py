"""The list of models, for the whole server and behind a model's own URL, and where a model is found."""

import openai
import pytest

from tests.ingress.openai.conftest import said, told


def at(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0)


def test_the_list(client: openai.OpenAI) -> None:
    models = list(client.models.list())
    assert [model.id for model in models] == ["echo", "spare", "moods", "small"]
    assert {(model.object, model.owned_by) for model in models} == {("model", "serve-app")}
    assert all(model.created > 1_700_000_000 for model in models)


def test_one_by_either_name(client: openai.OpenAI) -> None:
    assert client.models.retrieve("echo").id == "echo"
    assert client.models.retrieve("stub/echo").id == "echo"
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("ecko")
    assert raised.value.code == "model_not_found"
    assert 'did you mean "echo"?' in raised.value.message


def test_behind_a_model_s_own_url(url: str) -> None:
    with at(f"{url}/models/echo/v1") as client:
        assert [model.id for model in client.models.list()] == ["echo"]
        assert client.models.retrieve("stub/echo").id == "echo"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("spare")
        reply = client.chat.completions.create(model="dummy", messages=told("x"))
        assert (reply.model, reply.choices[0].message.content) == ("dummy", said("x"))
        assert client.completions.create(model=f"{url}/models/echo", prompt="x").choices[0].text == "x"


def test_a_url_that_ends_with_the_version_itself(url: str) -> None:
    with at(f"{url}/base/v1") as client:
        assert client.chat.completions.create(model="tgi", messages=told("x")).choices[0].message.content == said("x")
        assert [model.id for model in client.models.list()] == ["spare"]
        assert client.models.retrieve("spare").id == "spare"


def test_models_that_do_something_else(client: openai.OpenAI, url: str) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="moods", messages=told("x"))
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
    with at(f"{url}/models/moods/v1") as own, pytest.raises(openai.NotFoundError) as raised:
        own.chat.completions.create(model="moods", messages=told("x"))
    assert raised.value.type == "invalid_request_error"


@pytest.mark.parametrize("name", ["nothing", "echo:adapter", "echo:", ""])
def test_names_of_nothing(client: openai.OpenAI, name: str) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.completions.create(model=name, prompt="x")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
