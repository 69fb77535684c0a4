"""Every YAML that ships is sound, and says what its comment promises."""

from pathlib import Path

import pytest

from serve_app.config.document import read

ROOT = Path(__file__).parent.parent
LAYOUTS = {
    "serve_config.yaml": "one application",
    "examples/one_application_per_model.yaml": "one application per model",
    "examples/shared_gpu.yaml": "one application",
    "examples/original_format.yaml": "krypton",
    "examples/images_out.yaml": "one application",
}


def test_no_example_is_forgotten() -> None:
    found = {str(path.relative_to(ROOT)) for path in (ROOT / "examples").glob("*.yaml")}
    assert found | {"serve_config.yaml"} == set(LAYOUTS)


@pytest.mark.parametrize(("name", "layout"), LAYOUTS.items())
def test_it_is_sound(name: str, layout: str) -> None:
    document = read(ROOT / name)
    assert document.layout == layout
    assert document.host == "127.0.0.1"


def test_the_shipped_config_keeps_the_originals_endpoints() -> None:
    paths = {model.path for model in read(ROOT / "serve_config.yaml").models}
    assert {"/models/gpt2/generate", "/models/t5/translate", "/models/phi2/generate"} <= paths
