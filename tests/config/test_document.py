"""The file as a whole: which form it has, everything wrong with it at once, and what it warns of."""

import re
from pathlib import Path

import pytest

from serve_app import tasks
from serve_app.config.document import read
from serve_app.config.faults import ConfigFaults
from tests.config.writing import faults_of, graph_file, read_text

SHIPPED = Path(__file__).parents[2] / "serve_config.yaml"
ENTRY = "- {name: a, hf_model_name: demo/gpt2}"

MANY = """
http_options: {host: 127.0.0.1, ssl_keyfile: key.pem}
aplications: []
applications:
- import_path: serve_app.app:build
  args:
    server: {alow_origins: []}
    models:
    - name: a
      hf_model_name: demo/gpt2
      hf_task: sumarization
      engine: tensorrt
      batching: {max_batch_size: 0}
      autoscaling: {min_replicas: 2, max_replicas: 1}
    - not an entry
    - name: a
      hf_model_name: demo/gpt2
      endpoint: v1/chat/completions
      hf_generation_kwargs: {temperatur: 1, top_p: 7}
      hf_device: gpu
"""


def test_every_fault_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as caught:
        read_text(tmp_path, MANY)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"13 faults in {tmp_path / 'config.yaml'}:"
    assert [line.split(": ")[0].strip() for line in lines[1:]] == [
        "http_options.ssl_keyfile (line 2)",
        "aplications (line 3)",
        "applications[0].args.server.alow_origins (line 7)",
        "applications[0].args.models[0].hf_task (line 11)",
        "applications[0].args.models[0].engine (line 12)",
        "applications[0].args.models[0].batching.max_batch_size (line 13)",
        "applications[0].args.models[0].autoscaling.min_replicas (line 14)",
        "applications[0].args.models[1] (line 15)",
        "applications[0].args.models[2].name (line 16)",
        "applications[0].args.models[2].endpoint (line 18)",
        "applications[0].args.models[2].hf_generation_kwargs.top_p (line 19)",
        "applications[0].args.models[2].hf_generation_kwargs.temperatur (line 19)",
        "applications[0].args.models[2].hf_device (line 20)",
    ]


FORMS = {
    "- a": "the file: expected `applications:` or `krypton:`, found no mapping",
    "text": "the file: expected `applications:` or `krypton:`, found no mapping",
    "{}": "the file: expected `applications:` or `krypton:`, found no mapping",
    "aplications: []": (
        "the file: expected `applications:` or `krypton:`, found `aplications:`; "
        "did you mean 'applications'? choices: applications, krypton"
    ),
    "models: []": (
        "the file: expected `applications:` or `krypton:`, found `models:`; put them under applications[0].args, "
        "with import_path: serve_app.app:build, or under krypton"
    ),
}


@pytest.mark.parametrize(("text", "fault"), FORMS.items())
def test_a_file_of_no_known_form_is_told_what_the_forms_are(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == [fault]


def test_credentials_for_every_site_are_left_out_of_what_is_deployed(tmp_path: Path) -> None:
    server = "{allow_origins: ['*'], allow_credentials: true, debug: true}"
    document = read_text(tmp_path, graph_file(ENTRY, server))
    assert not document.server.allow_credentials
    assert document.serve_config()["applications"][0]["args"]["server"] == {"allow_origins": ["*"], "debug": True}
    assert [warning.split(",")[0] for warning in document.warnings] == ["allow_origins holds '*'"]
    named = read_text(tmp_path, graph_file(ENTRY, server.replace("'*'", "'https://example.org'")))
    assert named.server.allow_credentials
    assert named.warnings == ()


def test_an_absent_host_is_loopback_and_an_open_one_is_warned_of(tmp_path: Path) -> None:
    text = graph_file(ENTRY)
    absent = read_text(tmp_path, text.replace("host: 127.0.0.1", "port: 8001"))
    assert absent.serve_config()["http_options"] == {"host": "127.0.0.1", "port": 8001}
    assert absent.warnings == (
        "http_options.host is not given: serve-app takes 127.0.0.1, but Ray itself would listen on every interface",
    )
    opened = read_text(tmp_path, text.replace("host: 127.0.0.1", "host: '::'"))
    assert (opened.host, opened.url) == ("::", "http://127.0.0.1:8000")
    assert re.match("host :: opens port 8000, and the replicas' ports 30000-31000", opened.warnings[0])
    six = read_text(tmp_path, text.replace("host: 127.0.0.1", "host: '::1'"))
    assert (six.url, six.warnings) == ("http://[::1]:8000", ())


def test_other_options_of_ray_that_change_what_a_caller_sees_are_warned_of(tmp_path: Path) -> None:
    text = graph_file(ENTRY).replace("host: 127.0.0.1", "host: 127.0.0.1, request_timeout_s: 5")
    assert read_text(tmp_path, f"{text}\nproxy_location: Disabled\n").warnings == (
        "proxy_location is Disabled: there is no HTTP, only calls by handle",
        "http_options.request_timeout_s (5 s) ends requests before limits.timeout_s of a",
    )


def test_what_is_handed_out_is_a_copy(tmp_path: Path) -> None:
    document = read_text(tmp_path, graph_file(ENTRY))
    document.serve_config()["applications"][0]["args"]["models"].clear()
    assert len(document.serve_config()["applications"][0]["args"]["models"]) == 1


SLEEPING = (
    "entities", "topics", "gaps", "answers", "tables", "similarity", "reranker", "translator", "summaries", "chat",
    "shapes", "boxes", "regions", "depth", "masks", "captions", "image-features", "image-topics", "image-finder",
    "image-answers", "receipts", "image-chat", "digits", "whisper", "noises", "noise-topics", "voice",
)  # fmt: skip


def test_the_shipped_file_is_sound_and_stays_on_this_machine() -> None:
    document = read(SHIPPED)
    assert (document.host, document.port, document.warnings) == ("127.0.0.1", 8000, ())
    assert {model.name: model.path for model in document.models} == {
        "gpt2": "/models/gpt2/generate",
        "t5": "/models/t5/translate",
        "phi2": "/models/phi2/generate",
        "sentiment": "/models/sentiment",
        "embeddings": "/models/embeddings",
        **{name: f"/models/{name}" for name in SLEEPING},
    }
    assert {model.name for model in document.models if not model.replicas_at_start} == set(SLEEPING)
    served = {found.name for model in document.models if (found := tasks.find(model.hf_task))}
    in_itself = {name for name, task in tasks.TASKS.items() if task.library == "transformers"}
    assert served == in_itself, "one of each task that needs no extra"
    assert all(model.hf_model_name.startswith("demo/") and model.hf_device == "cpu" for model in document.models)
