"""Each fault that one model entry may have, in the words and at the place that its writer sees."""

from pathlib import Path

import pytest

from serve_app import demo, tasks
from serve_app.config.entries import DEVICES
from tests.config.writing import entry_file, faults_of, graph_file, read_text

TASKS = ", ".join(tasks.words())
DEMOS = ", ".join(f"demo/{name}" for name in demo.NAMES)

WRONG = {
    # unknown keys, at every level
    "tag: [a]": "models[0].tag: unknown key 'tag'; did you mean 'tags'?",
    "batching: {max_batchsize: 3}": (
        "models[0].batching.max_batchsize: unknown key 'max_batchsize'; did you mean 'max_batch_size'?"
    ),
    "max_batch_size: 3": (
        "models[0].max_batch_size: unknown key 'max_batch_size'; did you mean 'batching.max_batch_size'?"
    ),
    "batching: {zzz: 3}": (
        "models[0].batching.zzz: unknown key 'zzz'; known keys: max_batch_size, max_batch_tokens, wait_ms"
    ),
    # values of the wrong type or out of bounds
    "batching: {max_batch_size: 0}": "models[0].batching.max_batch_size: expected at least 1, found 0",
    "batching: {max_batch_size: 5000}": "models[0].batching.max_batch_size: expected at most 4096, found 5000",
    "batching: {max_batch_size: two}": "models[0].batching.max_batch_size: expected a whole number, found 'two'",
    "batching: {max_batch_size: 2.5}": "models[0].batching.max_batch_size: expected a whole number, found 2.5",
    "batching: {max_batch_size: true}": "models[0].batching.max_batch_size: expected a whole number, found true",
    "batching: {max_batch_size: '8'}": (
        "models[0].batching.max_batch_size: expected a whole number, found '8'; write it without quotes"
    ),
    "limits: {timeout_s: .inf}": "models[0].limits.timeout_s: expected a finite number, found inf",
    "limits: {timeout_s: 0}": "models[0].limits.timeout_s: expected more than 0, found 0",
    "limits: 3": "models[0].limits: expected a mapping, found 3",
    "description: 3": "models[0].description: expected text, found 3; put it in quotes",
    "description: on": "models[0].description: expected text, found true; put it in quotes",
    "tags: english": "models[0].tags: expected a list, found 'english'",
    "tags: [english, 3]": "models[0].tags[1]: expected text, found 3; put it in quotes",
    "warmup: 'yes'": "models[0].warmup: expected true or false, found 'yes'",
    "type: langchain": "models[0].type: expected 'huggingface', found 'langchain'; choices: huggingface",
    "options: {debug: 'no'}": "models[0].options.debug: expected true or false, found 'no'",
    "endpoint: /": (
        "models[0].endpoint: expected a path such as models/NAME, found '/', which is the list of what is served"
    ),
    # tasks, engines and their parameters
    "hf_task: sentiment-anlysis": (
        f"models[0].hf_task: unknown task 'sentiment-anlysis'; did you mean 'sentiment-analysis'? tasks: {TASKS}"
    ),
    "hf_task: qqq": f"models[0].hf_task: unknown task 'qqq'; tasks: {TASKS}",
    "engine: trch": "models[0].engine: unknown engine 'trch'; did you mean 'torch'? engines: torch, stub",
    "hf_generation_kwargs: {temprature: 1}": (
        "models[0].hf_generation_kwargs.temprature: unknown key 'temprature'; did you mean 'temperature'?"
    ),
    "hf_generation_kwargs: {temperature: -1}": (
        "models[0].hf_generation_kwargs.temperature: expected at least 0, found -1"
    ),
    "hf_task: sentiment-analysis\nhf_generation_kwargs: {function_to_apply: sotfmax}": (
        "models[0].hf_generation_kwargs.function_to_apply: expected 'sigmoid', 'softmax' or 'none', found 'sotfmax'; "
        "did you mean 'softmax'? choices: sigmoid, softmax, none"
    ),
    "engine: stub\nengine_options: {forward: 1}": (
        "models[0].engine_options.forward: unknown key 'forward'; did you mean 'forward_s'?"
    ),
    "engine_options: {fast: 1}": (
        "models[0].engine_options.fast: unknown key 'fast'; known keys: batching, cache_tokens"
    ),
    # resources and devices
    "hf_device: cuda\nresources: {num_gpus: 1.5}": (
        "models[0].resources.num_gpus: expected a fraction of one GPU or whole GPUs, found 1.5; "
        "1 or 2; a fraction must fit one GPU"
    ),
    "resources: {num_gpus: -1}": "models[0].resources.num_gpus: expected at least 0, found -1",
    "resources: {num_cpus: 0.00001}": "models[0].resources.num_cpus: expected 0 or at least 0.0001, found 1e-05",
    "resources: {custom: {GPU: 1}}": (
        "models[0].resources.custom.GPU: 'GPU' is no custom resource; use num_cpus, num_gpus or memory"
    ),
    "hf_device: cuda\nresources: {num_gpus: 0}": (
        "models[0].resources.num_gpus: expected more than 0, as hf_device is cuda, found 0; "
        "set num_gpus (1, or a fraction such as 0.25), or hf_device: cpu"
    ),
    "resources: {num_gpus: 0.5}": (
        "models[0].hf_device: expected cuda, as num_gpus is 0.5, found 'cpu'; set hf_device: cuda, or num_gpus: 0"
    ),
    "hf_device: cuda:1\nresources: {num_gpus: 1}": (
        "models[0].hf_device: a replica sees only its own 1 GPU, counted from 0, so cuda:1 does not exist; "
        "write cuda: Ray chooses the GPU"
    ),
    "hf_device: gpu": f"models[0].hf_device: unknown device 'gpu'; did you mean 'cuda'? choices: {', '.join(DEVICES)}",
    # replicas
    "autoscaling: {min_replicas: 3, max_replicas: 2}": (
        "models[0].autoscaling.min_replicas: expected at most max_replicas, which is 2, found 3"
    ),
    "autoscaling: {min_replicas: 3}": (
        "models[0].autoscaling.min_replicas: expected at most max_replicas, which is 1, found 3"
    ),
    "autoscaling: {min_replicas: 1, max_replicas: 2, initial_replicas: 3}": (
        "models[0].autoscaling.initial_replicas: expected 1 (min_replicas) to 2 (max_replicas), found 3"
    ),
    "num_replicas: 2\nautoscaling: {max_replicas: 3}": (
        "models[0].num_replicas: stands beside autoscaling, which sets the number itself; keep one of the two"
    ),
    "num_replicas: 0": "models[0].num_replicas: expected at least 1, found 0",
    # batches
    "batching: {max_batch_tokens: 100}\nlimits: {max_input_tokens: 200}": (
        "models[0].batching.max_batch_tokens: expected at least limits.max_input_tokens, which is 200, found 100; "
        "the longest input must fit a batch"
    ),
}

RIGHT = (
    "hf_device: cuda",
    "hf_device: cuda\nresources: {num_gpus: 0.25}",
    "hf_device: cuda:0\nresources: {num_gpus: 1}",
    "hf_device: cuda:1\nresources: {num_gpus: 2}",
    "hf_device: mps",
    "autoscaling: {min_replicas: 0, max_replicas: 3, initial_replicas: 0}",
    "num_replicas: 4\nautoscaling:",
    "hf_generation_kwargs: {temperature: 0, do_sample: true}",
    "engine: stub\nengine_options: {forward_s: 0.5}",
    "resources: {custom: {fpga: 1}, memory: 1000000, accelerator_type: A100, num_cpus: 0}",
    "batching: {max_batch_tokens: 200}\nlimits: {max_input_tokens: 200}",
    "resources:\nlimits:\noptions:\ntags:",
    "options: {debug: true, of_another_kind: 3}",
    "options: {debug: null}",
)


@pytest.mark.parametrize(("fields", "fault"), WRONG.items())
def test_a_fault_is_told_once_with_its_place_and_the_way_out(tmp_path: Path, fields: str, fault: str) -> None:
    assert faults_of(tmp_path, entry_file(fields)) == [fault]


@pytest.mark.parametrize("fields", RIGHT)
def test_what_hangs_together_is_no_fault(tmp_path: Path, fields: str) -> None:
    assert [model.name for model in read_text(tmp_path, entry_file(fields)).models] == ["m"]


def test_what_is_missing_is_told_with_what_it_is_for(tmp_path: Path) -> None:
    assert faults_of(tmp_path, graph_file("- {}")) == [
        "models[0].name: is required, and missing; Unique name",
        "models[0].hf_model_name: is required, and missing; A folder, demo/NAME, or a model id of the hub",
    ]


def test_an_unknown_demo_model_is_told_with_those_there_are(tmp_path: Path) -> None:
    assert faults_of(tmp_path, graph_file("- {name: m, hf_model_name: demo/gpt-3}")) == [
        f"models[0].hf_model_name: unknown demo model 'demo/gpt-3'; did you mean 'demo/gpt2'? choices: {DEMOS}"
    ]


@pytest.mark.parametrize("name", ["a#b", "a?b", "50%", " a"])
def test_a_name_that_cannot_stand_in_a_url_is_a_fault(tmp_path: Path, name: str) -> None:
    assert faults_of(tmp_path, graph_file(f"- {{name: {name!r}, hf_model_name: demo/gpt2}}")) == [
        "models[0].name: expected a name that starts with no space and holds no '#', '?', '%', tab or line break, "
        f"found {name!r}"
    ]


def test_the_ingress_keeps_its_name(tmp_path: Path) -> None:
    assert faults_of(tmp_path, graph_file("- {name: ingress, hf_model_name: demo/gpt2}")) == [
        "models[0].name: 'ingress' is the name of a deployment of our own; choose another name"
    ]


def test_a_faulty_field_raises_no_second_fault_through_its_default(tmp_path: Path) -> None:
    fields = "autoscaling: {min_replicas: 3, max_replicas: many}\nhf_task: 7\nhf_generation_kwargs: {pooling: cls}"
    assert faults_of(tmp_path, entry_file(fields)) == [
        "models[0].autoscaling.max_replicas: expected a whole number, found 'many'",
        "models[0].hf_task: expected text, found 7; put it in quotes",
    ]


@pytest.mark.parametrize(
    ("fields", "num_gpus"),
    [
        ("hf_device: cpu", 0),
        ("hf_device: cuda", 1),
        ("hf_device: cuda\nresources:", 1),
        ("hf_device: cuda\nresources: {num_cpus: 2, num_gpus: null}", 1),
        ("hf_device: cuda\nresources: {num_gpus: 0.25}", 0.25),
    ],
)
def test_cuda_alone_means_a_gpu_as_in_the_original_format(tmp_path: Path, fields: str, num_gpus: float) -> None:
    [model] = read_text(tmp_path, entry_file(fields)).models
    assert model.resources.num_gpus == num_gpus
