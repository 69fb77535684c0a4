"""`huggingface_hub`'s own clients, sync and async, against every task: what they return is what the model says."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from transformers import BertForSequenceClassification

from serve_app.config.schema import Model
from serve_app.tasks import TASKS
from tests import tiny_models
from tests.ingress.client_cases import ASKED, CASES, LONG, A, B, Case
from tests.ingress.listening import listening
from tests.matrix import text, writing
from tests.matrix.comparing import near, plain
from tests.served_model import ServedModel
from tests.tiny_models.base import save
from tests.tiny_models.bert import bert_config
from tests.tiny_models.tokenizers import wordpiece


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny_models.Folders(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def url(folders: dict[str, Path]) -> Iterator[str]:
    places = {(case.task, case.folder) for case in CASES}
    models = [
        Model(name=task, hf_model_name=str(folders[folder]), hf_task=task, resources={"num_threads": 1})
        for task, folder in sorted(places)
    ]
    with listening(*models) as address:
        yield f"{address}/models"


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> Callable[[Case], ServedModel]:
    known: dict[str, ServedModel] = {}

    def of(case: Case) -> ServedModel:
        return known.setdefault(case.task, ServedModel(folders[case.folder], case.task))

    return of


def test_there_is_a_case_for_every_task_on_text() -> None:
    reading = {line.task for line in [*text.LINES, *writing.LINES] if line.python}
    assert {case.task for case in CASES} >= reading & TASKS.keys() - {"image-text-to-text"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.task)
async def test_both_clients_return_what_the_model_says(
    case: Case, url: str, served: Callable[[Case], ServedModel]
) -> None:
    [answer] = served(case).predict([case.input], **case.params)
    expected = plain(case.told(answer))
    assert not isinstance(expected, list | str) or expected, "a case that says nothing shows nothing"
    address = f"{url}/{case.task}"
    assert near(plain(case.call(InferenceClient(address))), expected)
    async with AsyncInferenceClient(address) as client:
        assert near(plain(await case.call(client)), expected)


async def test_many_texts_come_back_in_order(url: str, served: Callable[[Case], ServedModel]) -> None:
    case = next(case for case in CASES if case.task == "feature-extraction")
    expected = plain(served(case).predict([A, B, LONG]))
    address = f"{url}/feature-extraction"
    assert near(plain(InferenceClient(address).feature_extraction([A, B, LONG])), expected)
    async with AsyncInferenceClient(address) as client:
        assert near(plain(await client.feature_extraction([A, B, LONG])), expected)


def test_rerank_has_no_method_and_answers_a_plain_post(tmp_path: Path) -> None:
    folder = save(tmp_path / "reranker", BertForSequenceClassification(bert_config(num_labels=1)), wordpiece())
    texts = [B, LONG, A]
    query = {"query": A, "texts": texts}
    [expected] = ServedModel(folder, "rerank").predict([query], return_text=True, top_n=2)
    assert [each["text"] for each in expected] == [texts[each["index"]] for each in expected]
    with listening(Model(name="m", hf_model_name=str(folder), hf_task="rerank")) as address:
        asked = {"return_text": True, "top_n": 2}
        reply = httpx.post(f"{address}/models/m", json={"inputs": query, "parameters": asked})
        assert near(reply.json(), plain(expected))
        reply = httpx.post(f"{address}/models/m", json={"text": [query], "generation_params": asked})
        assert near(reply.json()["response"]["results"], [plain(expected)])


async def test_what_is_wrong_reaches_the_caller_in_our_words(url: str) -> None:
    address = f"{url}/question-answering"
    with pytest.raises(HfHubHTTPError, match=re.escape("`inputs.question` must not be empty")) as raised:
        InferenceClient(address).question_answering("", "context")
    assert raised.value.response.status_code == 422
    async with AsyncInferenceClient(address) as client:
        with pytest.raises(HfHubHTTPError, match=re.escape("`parameters.top_k` must be greater than or equal to 1")):
            await client.question_answering(**ASKED, top_k=0)
