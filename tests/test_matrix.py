"""The matrix leaves nothing out, and its page is up to date."""

import inspect

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from serve_app.demo.table import NAMES
from serve_app.tasks import TASKS
from tests import javascript
from tests.matrix import MATRIX, absent
from tests.matrix.page import PATH, page


def test_there_is_a_line_for_every_task() -> None:
    assert {line.task for line in MATRIX} >= TASKS.keys()


def test_every_demo_model_that_is_asked_exists() -> None:
    assert {line.demo for line in MATRIX} <= {*NAMES}


def test_no_two_lines_are_called_the_same() -> None:
    names = [str(line) for line in MATRIX]
    assert len({*names}) == len(names)


@pytest.mark.parametrize("client", [InferenceClient, AsyncInferenceClient])
def test_every_method_of_the_python_clients_is_in_it_or_cannot_be(client: type) -> None:
    methods = {name for name, _ in inspect.getmembers(client) if not name.startswith("_")}
    asked = {line.python.method for line in MATRIX if line.python}
    assert methods - {*absent.NO_REQUEST, *absent.EVERY_MODEL} == asked | absent.PYTHON.keys()
    assert not asked & absent.PYTHON.keys()


def test_every_method_of_the_javascript_client_is_in_it_or_cannot_be() -> None:
    asked = {line.javascript.method for line in MATRIX if line.javascript}
    assert javascript.methods() == asked | absent.JAVASCRIPT.keys()
    assert not asked & absent.JAVASCRIPT.keys()


def test_the_page_is_written_from_it() -> None:
    assert PATH.read_text() == page(), "write it anew: python -m tests.matrix"


@pytest.mark.parametrize("method", [name for name, why in absent.PYTHON.items() if why == absent.NO_URL])
def test_what_python_cannot_point_at_a_url_is_refused_by_the_client_itself(method: str) -> None:
    with pytest.raises(ValueError, match=r"not supported|not available|Task '.*' not"):
        getattr(InferenceClient("http://127.0.0.1:9"), method)({} if method.startswith("tabular") else "x")


def test_what_javascript_cannot_point_at_a_url_is_refused_by_the_client_itself() -> None:
    methods = [name for name, why in absent.JAVASCRIPT.items() if why == absent.NO_URL]
    heard = javascript.ask("http://127.0.0.1:9", [("m", method, {"inputs": b"x"}) for method in methods])
    assert all(isinstance(each, javascript.Failed) and "Task '" in each.words for each in heard), heard
