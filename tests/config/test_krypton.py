"""A whole file in the original's format is served as it stands, as far as it holds Hugging Face models."""

from pathlib import Path

from ray.serve.schema import ServeDeploySchema

from serve_app import demo
from tests.config.writing import faults_of, read_text

ORIGINAL = """
krypton:
  models:
    - name: gpt2-generator
      type: huggingface
      description: GPT-2 text generation
      endpoint: models/gpt2/generate
      tags: [text-generation, gpt2]
      options:
        debug: false
      hf_model_name: gpt2
      hf_task: generation
      hf_model_kwargs:
        torch_dtype: auto
      hf_generation_kwargs:
        max_length: 100
        do_sample: true
        temperature: 0.7
        top_p: 0.9
    - name: t5-translator
      type: huggingface
      endpoint: /models/t5/translate
      hf_model_name: t5-small
      hf_task: seq2seq
      hf_generation_kwargs:
        max_length: 128
        num_beams: 4
        early_stopping: true
      hf_device: cpu
    - name: phi2
      type: huggingface
      endpoint: models/phi2/generate
      tags:
      hf_model_name: microsoft/phi-2
      hf_task: text-generation
      hf_model_kwargs: {torch_dtype: auto, trust_remote_code: true}
      hf_generation_kwargs: {max_new_tokens: 200, temperature: 0, do_sample: true}
    - name: chain
      type: langchain
      module_path: ./examples
      callable: langchain_example.completion.chain
      endpoint: langchain/completion
    - name: own
      type: custom
      module_path: ./examples
      callable: custom.Model
      endpoint: models/gpt2/generate
  server:
    host: 0.0.0.0
    port: 5000
    allow_origins: ["*"]
    allow_credentials: true
    allow_methods: [POST]
    allow_headers: [Content-Type]
    debug: true
"""


def krypton(entries: str, server: str = "") -> str:
    return f"krypton:\n  models:\n{entries}\n" + (f"  server: {server}\n" if server else "")


def entry(name: str, fields: str = "") -> str:
    return f"    - {{name: {name}, type: huggingface, endpoint: {name}, hf_model_name: demo/gpt2{fields}}}\n"


def test_a_whole_original_file(tmp_path: Path) -> None:
    document = read_text(tmp_path, ORIGINAL)
    assert document.layout == "krypton"
    assert [(model.name, model.path, model.hf_model_name, model.hf_task) for model in document.models] == [
        ("gpt2-generator", "/models/gpt2/generate", "gpt2", "generation"),
        ("t5-translator", "/models/t5/translate", "t5-small", "seq2seq"),
        ("phi2", "/models/phi2/generate", "microsoft/phi-2", "text-generation"),
    ]
    assert document.models[0].hf_model_kwargs == {"torch_dtype": "auto"}
    assert document.models[2].hf_generation_kwargs == {"max_new_tokens": 200, "temperature": 0, "do_sample": True}
    assert (document.host, document.port, document.url) == ("0.0.0.0", 5000, "http://127.0.0.1:5000")
    assert document.server.model_dump(exclude_unset=True) == {
        "allow_origins": ("*",),
        "allow_credentials": False,
        "allow_methods": ("POST",),
        "allow_headers": ("Content-Type",),
        "debug": True,
    }
    assert document.warnings == (
        "krypton.models[3]: 'chain' is skipped: type langchain is not served here",
        "krypton.models[4]: 'own' is skipped: type custom is not served here",
        "allow_origins holds '*', so allow_credentials is left out: "
        "cookies must not go to an API that is open to every site",
        "host 0.0.0.0 opens port 5000, and the replicas' ports 30000-31000 behind it, "
        "to every machine that can reach this one, without asking who calls",
    )


def test_an_original_file_becomes_one_that_ray_deploys(tmp_path: Path) -> None:
    config = read_text(tmp_path, ORIGINAL).serve_config()
    ServeDeploySchema.model_validate(config)
    assert config["http_options"] == {"host": "0.0.0.0", "port": 5000}
    [application] = config["applications"]
    assert (application["name"], application["route_prefix"]) == ("serve-app", "/")
    assert application["import_path"] == "serve_app.app:build"
    assert application["args"]["models"][1] == {
        "name": "t5-translator",
        "endpoint": "models/t5/translate",
        "hf_model_name": "t5-small",
        "hf_task": "seq2seq",
        "hf_generation_kwargs": {"max_length": 128, "num_beams": 4, "early_stopping": True},
        "hf_device": "cpu",
    }
    assert "allow_credentials" not in application["args"]["server"]


def test_an_absent_address_means_loopback_and_8000(tmp_path: Path) -> None:
    for server in ("", "{debug: true}", "null"):
        document = read_text(tmp_path, krypton(entry("a"), server))
        assert (document.host, document.port, document.warnings) == ("127.0.0.1", 8000, ())
        assert document.serve_config()["http_options"] == {"host": "127.0.0.1", "port": 8000}


def test_models_on_one_gpu_share_it_as_they_did(tmp_path: Path) -> None:
    cuda = ", hf_device: cuda"
    text = krypton(entry("a", cuda) + entry("b", cuda) + entry("c", cuda) + entry("d"))
    document = read_text(tmp_path, text)
    assert [model.resources.num_gpus for model in document.models] == [0.3333, 0.3333, 0.3333, 0]
    assert document.warnings[0] == (
        "krypton.models[0]: the original shares a GPU among its models, so resources.num_gpus is 0.3333"
    )
    assert document.serve_config()["applications"][0]["args"]["models"][0]["resources"] == {"num_gpus": 0.3333}


def test_models_on_two_gpus_keep_apart_and_ray_chooses_which(tmp_path: Path) -> None:
    text = krypton(
        entry("a", ", hf_device: cuda:0") + entry("b", ", hf_device: cuda:1") + entry("c", ", hf_device: cuda")
    )
    document = read_text(tmp_path, text)
    assert [(model.hf_device, model.resources.num_gpus) for model in document.models] == [
        ("cuda", 0.5), ("cuda", 1), ("cuda", 0.5),
    ]  # fmt: skip
    assert document.warnings[3] == "krypton.models[1]: Ray chooses the GPU, so hf_device is cuda and not cuda:1"


def test_keys_that_had_no_effect_are_left_out_with_a_warning(tmp_path: Path) -> None:
    document = read_text(tmp_path, krypton(entry("a", ", module_path: x, batching: {max_batch_size: 3}")))
    assert document.models[0].batching.max_batch_size == 3
    assert document.warnings == ("krypton.models[0].module_path has no effect on a Hugging Face model",)


def test_faults_stand_at_their_place_in_the_original_file(tmp_path: Path) -> None:
    text = krypton(
        entry("a", ", hf_tsk: generation").replace("demo/gpt2", "demo/gtp2")
        + "    - {name: c, type: custom}\n    - 7\n"
        + entry("a", ", hf_generation_kwargs: {top_p: 2}").replace("huggingface", "hugingface"),
        "{prot: 80, port: high}",
    )
    assert faults_of(tmp_path, f"{text}debug: true\n") == [
        "krypton.models[0].hf_tsk: unknown key 'hf_tsk'; did you mean 'hf_task'?",
        "krypton.models[0].hf_model_name: unknown demo model 'demo/gtp2'; did you mean 'demo/gpt2'? "
        f"choices: {', '.join(f'demo/{name}' for name in demo.NAMES)}",
        "krypton.models[2]: expected a mapping, found 7",
        "krypton.models[3].type: unknown type 'hugingface'; did you mean 'huggingface'? "
        "types: huggingface, langchain, custom",
        "krypton.models[3].hf_generation_kwargs.top_p: expected at most 1, found 2",
        "krypton.models[3].name: 'a' is the name of krypton.models[0] already",
        "krypton.models[3].endpoint: /a is the endpoint of krypton.models[0] already; "
        "every model needs a path of its own, such as models/NAME/generate",
        "krypton.server.port: expected a whole number, found 'high'",
        "krypton.server.prot: unknown key 'prot'; did you mean 'port'?",
        "debug: unknown key 'debug'; an original file holds `krypton:` alone",
    ]


def test_a_file_of_other_types_only_serves_nothing(tmp_path: Path) -> None:
    assert faults_of(tmp_path, krypton("    - {name: c, type: custom}")) == [
        "krypton.models: no entry is of type huggingface, so nothing is left to serve"
    ]


def test_the_outline_must_be_right(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "krypton: 3") == ["krypton: expected a mapping, found 3"]
    assert faults_of(tmp_path, "krypton: {modles: []}") == [
        "krypton.models: is required, and missing; What is served",
        "krypton.modles: unknown key 'modles'; did you mean 'models'?",
    ]
