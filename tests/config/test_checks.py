"""The builders' own checks, for `args` that come from Python or from Ray rather than from a file."""

import logging
import pickle
from typing import Any

import pytest

from serve_app.config.checks import graph_of, ingress_of, model_of
from serve_app.config.faults import ConfigFaults, Fault, join
from serve_app.config.schema import Model, Server
from serve_app.config.spelling import found, nearest

ENTRY: dict[str, Any] = {"name": "m", "hf_model_name": "demo/gpt2"}


def test_sound_args_become_what_is_served() -> None:
    graph = graph_of({"models": [ENTRY, {**ENTRY, "name": "n"}], "server": {"debug": True}})
    assert [model.name for model in graph.models] == ["m", "n"]
    assert graph.server == Server(debug=True)
    assert model_of(ENTRY) == Model(name="m", hf_model_name="demo/gpt2")
    assert ingress_of({}) == Server()
    assert ingress_of({"server": {"max_items": 3}}).max_items == 3


def test_faults_carry_the_place_that_the_caller_gives() -> None:
    wrong = {**ENTRY, "endpoint": "docs", "batching": {"max_batch_size": 0}}
    with pytest.raises(ConfigFaults) as caught:
        graph_of({"models": [wrong], "sever": {}}, "applications[3].args")
    assert [fault.path for fault in caught.value.faults] == [
        "applications[3].args.sever",
        "applications[3].args.models[0].batching.max_batch_size",
        "applications[3].args.models[0].endpoint",
    ]
    with pytest.raises(ConfigFaults, match=r"args\.hf_task: unknown task 'x'"):
        model_of({**ENTRY, "hf_task": "x"})
    with pytest.raises(ConfigFaults, match=r"args\.server\.debug: expected true or false, found 3"):
        ingress_of({"server": {"debug": 3}})


@pytest.mark.parametrize("args", [None, 3, [], "x"])
def test_args_that_are_no_mapping_are_a_fault(args: Any) -> None:
    for build in (graph_of, model_of, ingress_of):
        with pytest.raises(ConfigFaults, match="args: expected a mapping"):
            build(args)


def test_credentials_for_every_site_are_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    server = {"allow_origins": ["https://a", "*"], "allow_credentials": True}
    with caplog.at_level(logging.WARNING):
        assert not ingress_of({"server": server}).allow_credentials
        assert not graph_of({"models": [ENTRY], "server": server}).server.allow_credentials
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["args.server", "args.server"]


def test_the_exception_survives_the_way_through_ray() -> None:
    faults = ConfigFaults([Fault("a.b", "expected 1, found 2", "write 1", 7), Fault("", "is empty")], "x.yaml")
    again = pickle.loads(pickle.dumps(faults))
    assert (again.faults, again.source) == (faults.faults, "x.yaml")
    assert str(again) == ("2 faults in x.yaml:\n  a.b (line 7): expected 1, found 2; write 1\n  the file: is empty")


def test_places_are_written_as_in_the_file() -> None:
    assert join("", "applications", 0, "args", "models", 2, "name") == "applications[0].args.models[2].name"
    assert join("args") == "args"


@pytest.mark.parametrize(
    ("word", "choice"),
    [
        ("Text-Clasification", "text-classification"),
        ("text_classification", "text-classification"),
        ("zzz", None),
        (7, None),
    ],
)
def test_the_nearest_spelling(word: object, choice: str | None) -> None:
    assert nearest(word, ["text-classification", "seq2seq"]) == choice


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "nothing"), (True, "true"), (1.5, "1.5"), ([1, 2], "a list of 2"), ({"a": 1}, "a mapping"), ("a", "'a'")],
)
def test_values_are_told_as_yaml_has_them(value: object, words: str) -> None:
    assert found(value) == words


def test_a_long_value_is_told_in_short() -> None:
    assert found("x" * 500) == repr("x" * 59 + "…")
