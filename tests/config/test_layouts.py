"""The two layouts of a file that Ray Serve deploys, and what is wrong around the entries."""

from pathlib import Path

import pytest
import yaml
from ray.serve.schema import DeploymentSchema, HTTPOptionsSchema, ServeApplicationSchema, ServeDeploySchema

from serve_app.config.ray_file import DEPLOYMENT_KEYS, Application, HttpOptions, RayFile
from tests.config.writing import faults_of, graph_file, read_text

PER_MODEL = """
http_options: {host: 127.0.0.1, port: 8123}
applications:
- name: front
  route_prefix: /api
  import_path: serve_app.app:ingress
  args: {server: {debug: true}}
- name: first
  route_prefix: null
  import_path: serve_app.app:model
  args: {name: gpt2, hf_model_name: demo/gpt2}
- name: second
  route_prefix: null
  import_path: serve_app.app:model
  args: {name: t5, hf_model_name: demo/t5, hf_task: seq2seq}
"""
LOCAL = "http_options: {host: 127.0.0.1}\n"
GRAPH = "import_path: serve_app.app:build, args: {models: [{name: m, hf_model_name: demo/gpt2}]}"


def test_one_application_holds_all_models(tmp_path: Path) -> None:
    text = graph_file("- {name: a, hf_model_name: demo/gpt2}\n- {name: b, hf_model_name: demo/t5}", "{debug: true}")
    document = read_text(tmp_path, text)
    assert document.layout == "one application"
    assert dict(document.applications) == {"a": "default", "b": "default"}
    assert (document.ingress_application, document.route_prefix) == ("default", "/")
    assert document.server.debug
    assert document.serve_config() == yaml.safe_load(text)
    assert document.warnings == ()


def test_one_application_for_each_model_beside_the_ingress(tmp_path: Path) -> None:
    document = read_text(tmp_path, PER_MODEL)
    assert document.layout == "one application per model"
    assert dict(document.applications) == {"gpt2": "first", "t5": "second"}
    assert (document.ingress_application, document.url) == ("front", "http://127.0.0.1:8123/api")
    assert document.server.debug
    assert document.serve_config() == yaml.safe_load(PER_MODEL)


def test_ray_itself_accepts_what_it_is_handed(tmp_path: Path) -> None:
    for text in (PER_MODEL, graph_file("- {name: a, hf_model_name: demo/gpt2}")):
        ServeDeploySchema.model_validate(read_text(tmp_path, text).serve_config())


def test_models_are_checked_across_applications(tmp_path: Path) -> None:
    text = PER_MODEL.replace("name: t5,", "name: gpt2, endpoint: ready,").replace("debug: true", "debgu: true")
    assert faults_of(tmp_path, text) == [
        "server.debgu: unknown key 'debgu'; did you mean 'debug'?",
        "applications[2].args.name: 'gpt2' is the name of applications[1].args already",
        "applications[2].args.endpoint: /ready is a built-in route: whether the models are ready; "
        "every model needs a path of its own, such as models/NAME/generate",
    ]


def test_known_keys_are_exactly_rays() -> None:
    assert set(RayFile.model_fields) == set(ServeDeploySchema.model_fields)
    assert set(HttpOptions.model_fields) == set(HTTPOptionsSchema.model_fields)
    # Ray takes host and port in an application, then refuses them.
    assert {*Application.model_fields, "host", "port"} == set(ServeApplicationSchema.model_fields)
    assert set(DEPLOYMENT_KEYS) == set(DeploymentSchema.model_fields)


WRONG = {
    f"{LOCAL}proxy_loc: HeadOnly\napplications: [{{{GRAPH}}}]": [
        "proxy_loc: unknown key 'proxy_loc'; did you mean 'proxy_location'?"
    ],
    f"{LOCAL}proxy_location: Head\napplications: [{{{GRAPH}}}]": [
        "proxy_location: expected 'EveryNode', 'HeadOnly' or 'Disabled', found 'Head'; "
        "did you mean 'HeadOnly'? choices: EveryNode, HeadOnly, Disabled"
    ],
    f"http_options: {{host: 127.0.0.1, prot: 1}}\napplications: [{{{GRAPH}}}]": [
        "http_options.prot: unknown key 'prot'; did you mean 'port'?"
    ],
    f"http_options: {{host: 127.0.0.1, port: 0}}\napplications: [{{{GRAPH}}}]": [
        "http_options.port: expected at least 1, found 0"
    ],
    f"http_options: {{host: 127.0.0.1, ssl_keyfile: k, ssl_certfile: c}}\napplications: [{{{GRAPH}}}]": [
        "http_options.ssl_keyfile: TLS is what the fast profile cannot do; terminate TLS in front of the server",
        "http_options.ssl_certfile: TLS is what the fast profile cannot do; terminate TLS in front of the server",
    ],
    f"{LOCAL}applications: [{{{GRAPH}, route_perfix: /}}]": [
        "applications[0].route_perfix: unknown key 'route_perfix'; did you mean 'route_prefix'?"
    ],
    f"{LOCAL}applications: [{{{GRAPH}, port: 9000}}]": [
        "applications[0].port: unknown key 'port'; it belongs into http_options.port"
    ],
    f"{LOCAL}applications: [{{{GRAPH}, route_prefix: api/}}]": [
        "applications[0].route_prefix: expected '/' or a path such as '/api', found 'api/'"
    ],
    f"{LOCAL}applications: [{{{GRAPH}, route_prefix: null}}]": [
        "applications[0].route_prefix: expected a path such as '/', found nothing"
    ],
    f"{LOCAL}applications: [{{{GRAPH}, name: a#b}}]": [
        "applications[0].name: expected a name without '#', found 'a#b'"
    ],
    f"{LOCAL}applications: [{{{GRAPH}, deployments: [{{name: n}}, {{name: m, max_ongoing: 3}}, {{name: ingress}}]}}]": [
        "applications[0].deployments[0].name: unknown deployment 'n'; deployments: m, ingress",
        "applications[0].deployments[1].max_ongoing: unknown key 'max_ongoing'; did you mean 'max_ongoing_requests'? "
        f"keys: {', '.join(DEPLOYMENT_KEYS)}",
    ],
    f"{LOCAL}applications: [{{{GRAPH}, deployments: [{{name: ingress, num_replicas: auto}}]}}]": [
        "applications[0].deployments[0].num_replicas: the fast profile needs a steady number of ingress replicas; "
        "set server.ingress_replicas: streams end when an ingress goes, and limits are divided by their number"
    ],
    f"{LOCAL}applications: [{{import_path: serve_app.app:biuld}}]": [
        "applications[0].import_path: unknown import path 'serve_app.app:biuld'; did you mean 'serve_app.app:build'? "
        "ours: serve_app.app:build, serve_app.app:ingress, serve_app.app:model"
    ],
    f"{LOCAL}applications: [{{name: a}}]": [
        "applications[0].import_path: is required, and missing; "
        "serve_app.app:build, serve_app.app:ingress or serve_app.app:model"
    ],
    f"{LOCAL}applications: [{{{GRAPH}}}, {{{GRAPH}, route_prefix: /b}}]": [
        "applications[1].name: 'default' is the name of applications[0] already",
        "applications[1].import_path: serve_app.app:build is a second front door beside applications[0]",
        "applications[1].args.models[0].name: 'm' is the name of models[0] already",
    ],
    f"{LOCAL}applications: [{{import_path: other.module:app}}]": [
        "applications: no application takes the requests; add one with import_path: serve_app.app:build"
    ],
    f"{LOCAL}applications: [{{import_path: serve_app.app:ingress}}]": [
        "applications: no application serves a model; add one with import_path: serve_app.app:model"
    ],
    f"{LOCAL}applications: [{{import_path: serve_app.app:model, args: {{name: m, hf_model_name: demo/gpt2}}}}]": [
        "applications[0].route_prefix: expected null, found '/'; "
        "a model is reached through the ingress: write `route_prefix: null`",
        "applications: no application takes the requests; add one with import_path: serve_app.app:ingress",
    ],
    f"{LOCAL}applications: [{{{GRAPH}}}, {{name: b, route_prefix: null, import_path: 'serve_app.app:model', "
    "args: {name: b, hf_model_name: demo/gpt2}}]": [
        "applications[1].import_path: serve_app.app:model stands beside serve_app.app:build; "
        "list its entry under the models of applications[0], or replace serve_app.app:build by serve_app.app:ingress"
    ],
    f"{LOCAL}applications: []": ["applications: expected at least 1 entry, found a list of 0"],
    f"{LOCAL}applications: {{}}": ["applications: expected a list, found a mapping"],
    f"{LOCAL}applications: [3]": ["applications[0]: expected a mapping, found 3"],
    f"{LOCAL}applications: [{{import_path: serve_app.app:build}}]": [
        "models: is required, and missing; What is served"
    ],
    f"{LOCAL}applications: [{{import_path: serve_app.app:build, args: {{models: []}}}}]": [
        "models: expected at least 1 entry, found a list of 0"
    ],
    f"{LOCAL}applications: [{{import_path: serve_app.app:build, args: {{models: [3], server: 4}}}}]": [
        "models[0]: expected a mapping, found 3",
        "server: expected a mapping, found 4",
    ],
}


@pytest.mark.parametrize(("text", "faults"), WRONG.items())
def test_what_is_wrong_around_the_entries(tmp_path: Path, text: str, faults: list[str]) -> None:
    assert sorted(faults_of(tmp_path, text)) == sorted(faults)


def test_an_application_that_is_not_ours_is_passed_on_with_a_warning(tmp_path: Path) -> None:
    other = "{name: other, route_prefix: /other, import_path: 'my.module:app', args: {anything: 1}}"
    document = read_text(tmp_path, f"{LOCAL}applications: [{{{GRAPH}}}, {other}]")
    assert document.warnings == ("applications[1]: my.module:app is not ours, so its args go to Ray unchecked",)
    assert document.serve_config()["applications"][1]["args"] == {"anything": 1}


def test_what_ray_reads_at_its_start_comes_too_late_from_an_application(tmp_path: Path) -> None:
    environment = "runtime_env: {env_vars: {RAY_SERVE_ENABLE_HA_PROXY: '1', HF_HOME: /tmp}}"
    assert read_text(tmp_path, f"{LOCAL}applications: [{{{GRAPH}, {environment}}}]").warnings == (
        "applications[0].runtime_env.env_vars.RAY_SERVE_ENABLE_HA_PROXY is read when Ray starts, "
        "so an application's runtime_env comes too late for it",
    )
