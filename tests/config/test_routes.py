"""Names and endpoints: each model's own, and none of the built-in ones."""

from pathlib import Path

import pytest

from serve_app.config.routes import RESERVED, RESERVED_FOLDERS
from tests.config.writing import faults_of, graph_file, read_text

OWN = "every model needs a path of its own, such as models/NAME/generate"


def with_endpoints(*endpoints: str) -> str:
    return graph_file(
        "\n".join(
            f"- {{name: m{index}, hf_model_name: demo/gpt2, endpoint: '{endpoint}'}}"
            for index, endpoint in enumerate(endpoints)
        )
    )


@pytest.mark.parametrize(("path", "use"), [item for item in RESERVED.items() if item[0] != "/"])
def test_a_built_in_route_is_taken(tmp_path: Path, path: str, use: str) -> None:
    for endpoint in (path, path[1:], f"{path}/"):
        assert faults_of(tmp_path, with_endpoints(endpoint)) == [
            f"models[0].endpoint: {path} is a built-in route: {use}; {OWN}"
        ]


@pytest.mark.parametrize(("folder", "use"), RESERVED_FOLDERS.items())
def test_everything_below_a_reserved_folder_is_taken(tmp_path: Path, folder: str, use: str) -> None:
    for path in (folder.rstrip("/"), f"{folder}chat/completions"):
        assert faults_of(tmp_path, with_endpoints(path)) == [
            f"models[0].endpoint: {path} is a built-in route: {use}; {OWN}"
        ]


def test_another_models_page_is_taken_and_ones_own_is_not(tmp_path: Path) -> None:
    assert faults_of(tmp_path, with_endpoints("a", "models/m0")) == [
        f"models[1].endpoint: /models/m0 is a built-in route: the state of model 'm0'; {OWN}"
    ]
    document = read_text(tmp_path, with_endpoints("models/m0", "models/m1/generate", "v1beta", "healthy"))
    assert [model.path for model in document.models] == ["/models/m0", "/models/m1/generate", "/v1beta", "/healthy"]


def test_two_models_cannot_share_an_endpoint(tmp_path: Path) -> None:
    assert faults_of(tmp_path, with_endpoints("a/b", "c", "/a/b/")) == [
        f"models[2].endpoint: /a/b is the endpoint of models[0] already; {OWN}"
    ]


def test_two_models_cannot_share_a_name_which_is_told_once(tmp_path: Path) -> None:
    entry = "- {name: m, hf_model_name: demo/gpt2}\n"
    assert faults_of(tmp_path, graph_file(entry * 3)) == [
        "models[1].name: 'm' is the name of models[0] already",
        "models[2].name: 'm' is the name of models[0] already",
    ]


@pytest.mark.parametrize("endpoint", ["a?b", "a#b", "a%20b", "{name}", "a//b", "a/../b", "a/ b", "a\\b"])
def test_an_endpoint_is_a_plain_path(tmp_path: Path, endpoint: str) -> None:
    assert faults_of(tmp_path, with_endpoints(endpoint)) == [
        f"models[0].endpoint: expected a plain URL path, found '/{endpoint}'; {OWN}"
    ]


def test_without_an_endpoint_the_name_makes_the_path(tmp_path: Path) -> None:
    entries = "- {name: org/big model, hf_model_name: demo/gpt2}"
    assert read_text(tmp_path, graph_file(entries)).models[0].path == "/models/org/big model"
    assert faults_of(tmp_path, graph_file("- {name: 'a{b}', hf_model_name: demo/gpt2}")) == [
        f"models[0].name: expected a plain URL path, found '/models/a{{b}}'; {OWN}"
    ]
