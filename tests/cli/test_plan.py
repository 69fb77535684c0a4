"""`serve-app plan` shows the graph, the weights and the ports, and starts nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from serve_app.cli.capacity import capacity_notes
from serve_app.cli.plan import plan
from serve_app.cli.ports import ports_of
from serve_app.config import document
from serve_app.config.schema import Model

SHIPPED = Path(__file__).parents[2] / "serve_config.yaml"
GPUS = """
http_options: {host: 0.0.0.0, port: 8123}
applications:
- name: app
  route_prefix: /api
  import_path: serve_app.app:build
  args:
    models:
    - name: "[red]small[/red]"
      endpoint: small
      hf_model_name: demo/gpt2
      hf_device: cuda
      resources: {num_gpus: 0.6, memory: 2147483648}
      autoscaling: {min_replicas: 0, max_replicas: 3}
    - name: hub
      hf_model_name: org/model
      hf_model_kwargs: {revision: v1.2, trust_remote_code: true, use_safetensors: false}
      batching: {max_batch_size: 7, max_batch_tokens: 1000, wait_ms: 2}
      num_replicas: 3
    - name: folder
      hf_model_name: /no/such/folder
      resources: {num_cpus: 500}
"""


def planned(path: Path) -> Result:
    return CliRunner().invoke(plan, [str(path)])


def cells(output: str, first: str) -> list[str]:
    """The cells of the first table row that begins with this cell; a cell may go over several lines."""
    rows: list[list[str]] = []
    for line in output.splitlines():
        row = [cell.strip() for cell in line.split("│")[1:-1]]
        if row and row[0]:
            rows.append(row)
        elif row:
            rows[-1] = [f"{begun} {more}".strip() for begun, more in zip(rows[-1], row, strict=True)]
    return next(row for row in rows if row[0] == first)


def test_the_shipped_graph() -> None:
    result = planned(SHIPPED)
    assert result.exit_code == 0
    assert (
        "32 models; layout: one application; application 'serve-app' answers at http://127.0.0.1:8000/" in result.output
    )
    assert cells(result.output, "sentiment") == [
        "sentiment",
        "text-classification",
        "torch",
        "0.1 CPU, on cpu",
        "1 fixed",
        "64 rows, 16384 tokens",
        "POST /models/sentiment",
    ]
    assert "Warnings" not in result.output


def test_what_a_gpu_graph_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "gpu.yaml"
    path.write_text(GPUS)
    output = planned(path).output
    row = cells(output, "hub")
    assert row[4:] == ["3 fixed", "7 rows, 1000 tokens, wait 2 ms", "POST /api/models/hub"]
    assert "[red]small[/red]" in output
    assert cells(output, "[red]small[/red]")[3] == "0.1 CPU, 0.6 GPU, 2.0 GiB, on cuda"
    weights = output[output.index("Where the weights") :]
    assert cells(weights, "[red]small[/red]")[1:3] == ["demo", "gpt2"]
    assert cells(weights, "hub")[1:] == ["hub", "org/model", "v1.2"]
    assert cells(weights, "folder")[1:3] == ["folder", "/no/such/folder"]
    warnings = output[output.index("Warnings") :]
    assert (
        "- hub: hf_model_kwargs.trust_remote_code is true, so Python code that comes with org/model runs with all the "
        "rights of the server: keep it only if you trust its author"
    ) in warnings
    assert (
        "- hub: hf_model_kwargs.use_safetensors is false, so the weights of org/model are opened as pickles, which can "
        "run any code"
    ) in warnings
    assert "- folder: there is no folder /no/such/folder on this machine" in output
    assert "- host 0.0.0.0 opens port 8123, and the replicas' ports 30000-31000 behind it" in output
    assert "- fractions: together 1.8 of a GPU, so one GPU cannot hold them all; they need 3" in output
    assert (
        "- sleep: no replica runs until the first request, which waits until one is loaded: [red]small[/red]" in output
    )
    assert "- CPUs: 500.3 at the start, 500.6 at most, where this machine has " in output
    assert "- updates: new replicas start beside the old ones, so there is no gap: hub, folder" in output


@pytest.mark.parametrize(
    ("port", "audience"),
    [
        ("8000", "loopback: programs on this machine"),
        ("30000-31000", "loopback: programs on this machine"),
        ("8500", "loopback: programs on this machine"),
        ("9101", "every interface of the node: close it in the firewall"),
        ("8404", "every interface of the node: close it in the firewall"),
        ("8265", "loopback, guarded by Ray's token"),
        ("44217, 44227", "every interface of the node: close it in the firewall"),
        ("random, metrics", "every interface of the node: close it in the firewall"),
        ("random, gRPC", "every interface of the node, guarded by Ray's token alone"),
    ],
)
def test_the_ports_and_who_reaches_them(port: str, audience: str) -> None:
    assert cells(planned(SHIPPED).output, port)[2] == audience


def test_an_open_host_is_open_behind_the_proxy_as_well(tmp_path: Path) -> None:
    path = tmp_path / "gpu.yaml"
    path.write_text(GPUS)
    output = planned(path).output
    assert cells(output, "8123")[2] == cells(output, "30000-31000")[2] == cells(output, "8500")[2]
    assert cells(output, "8123")[2].startswith("every interface of the node")


def numbers(tmp_path: Path, before: str) -> list[str]:
    path = tmp_path / "ports.yaml"
    path.write_text(before + GPUS)
    return [port.number for port in ports_of(document.read(path))]


def test_no_port_for_http_that_is_disabled_nor_for_grpc_that_nobody_asked_for(tmp_path: Path) -> None:
    rays = ["8265", "44217, 44227", "random, metrics", "random, gRPC"]
    http = ["8123", "30000-31000", "8500"]
    assert numbers(tmp_path, "proxy_location: Disabled") == ["none", *rays]
    assert numbers(tmp_path, "grpc_options: {port: 9001}") == [*http, "9101", "8404", *rays]
    servicer = "grpc_options: {port: 9001, grpc_servicer_functions: [a.b]}"
    assert numbers(tmp_path, servicer) == [*http, "9001", "40000-41000, 9500", "9101", "8404", *rays]


def test_faults_go_to_stderr_and_end_with_1(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GPUS.replace("num_replicas", "num_replica").replace("0.6", "1.6"))
    result = planned(path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"2 faults in {path}:",
        "  applications[0].args.models[0].resources.num_gpus (line 13): "
        "expected a fraction of one GPU or whole GPUs, found 1.6; 1 or 2; a fraction must fit one GPU",
        "  applications[0].args.models[1].num_replica (line 19): unknown key 'num_replica'; "
        "did you mean 'num_replicas'?",
    ]


def test_neither_torch_nor_ray_is_touched() -> None:
    code = (
        "import sys; from serve_app.cli.plan import plan; plan([sys.argv[1]], standalone_mode=False); "
        "print([name for name in ('torch', 'transformers', 'ray') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(SHIPPED)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def notes(*fractions: float) -> list[str]:
    models = [
        Model.model_validate(
            {"name": f"m{index}", "hf_model_name": "x", "hf_device": "cuda", "resources": {"num_gpus": amount}}
        )
        for index, amount in enumerate(fractions)
    ]
    return [note for note in capacity_notes(models) if not note.startswith("updates")]


def test_fractions_are_packed_onto_whole_gpus() -> None:
    memory = "a fraction caps the process's memory"
    assert notes(0.25, 0.25, 0.25, 0.25) == [f"GPUs: 1 at the start, 1 at most; {memory}"]
    assert notes(0.1, 0.1, 0.1, 0.7) == [f"GPUs: 1 at the start, 1 at most; {memory}"]
    assert notes(0.6, 0.6, 0.4) == [
        f"GPUs: 2 at the start, 2 at most; {memory}",
        "fractions: together 1.6 of a GPU, so one GPU cannot hold them all; they need 2, as a fraction never spans two",
    ]
    assert notes(2, 0.5) == [f"GPUs: 3 at the start, 3 at most; {memory}"]


def test_a_replica_that_may_not_fit_twice_has_a_gap_in_an_update() -> None:
    model = Model.model_validate({"name": "g", "hf_model_name": "x", "hf_device": "cuda", "resources": {"num_gpus": 1}})
    assert capacity_notes([model])[-1] == (
        "updates: a single replica whose resources may not be there twice stops before the new one starts, "
        "so there is a gap while it loads: g (0.1 CPU, 1 GPU)"
    )
