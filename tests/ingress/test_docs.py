import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import javascript
from tests.ingress.service import Service

# What the line hands to curl, which here writes down all that it hears.
CURL = 'curl() { for word in "$@"; do [ "${word#@-}" = "$word" ] || cat; done; printf "%s\\n" "$@" > arguments; }\n'
WORDS = """it's 100 % "new"\n and \\ old"""


async def test_the_page_needs_nothing_from_elsewhere(service: Service) -> None:
    reply = await service.get("/docs")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"""https?:|(src|href)=["']?//|@import|url\(""", reply.text)


async def test_what_the_page_loads_is_there_with_what_it_reads(service: Service) -> None:
    fetched = re.search(r"Promise\.all\(\[(.*?)\]\.map", (await service.get("/docs")).text)
    assert fetched is not None
    paths = [path.strip(' "') for path in fetched[1].split(",")]
    assert paths == ["/openapi.json", "/models", "/ready"]
    spec, models, ready = [(await service.get(path)).json() for path in paths]
    assert spec["info"]["version"]
    assert {model["name"] for model in models} == set(ready["models"])
    assert {model["endpoint"] for model in models} == {
        path for path, item in spec["paths"].items() if "models" in item.get("post", {}).get("tags", ())
    }
    for item in spec["paths"].values():
        for operation in item.values():
            assert operation["summary"]


async def test_it_still_loads_while_nothing_is_ready(service: Service) -> None:
    loading = {"status": "UPDATING", "message": "", "target_num_replicas": 1, "replicas": []}
    await service.refresh(sentiment=loading)
    reply = await service.get("/ready")
    assert (reply.status_code, reply.json()["models"]["sentiment"]["reason"]) == (503, "its replicas are starting")


def curl_line(page: str, *arguments: object) -> str:
    """The page's own, run by itself."""
    [functions] = re.findall(r"^const quoted = .*?^async function told", page, re.DOTALL | re.MULTILINE)
    script = functions.removesuffix("async function told") + f"console.log(curlLine(...{json.dumps(arguments)}))"
    return javascript.run("--eval", script)


def heard_by_curl(line: str, folder: Path) -> tuple[list[str], bytes]:
    """The arguments, and what came in from before."""
    done = subprocess.run(["sh", "-c", CURL + line], cwd=folder, capture_output=True, check=True)
    return (folder / "arguments").read_text().splitlines(), done.stdout


@pytest.mark.parametrize("parameters", [{}, {"threshold": 0.5, "words": WORDS}], ids=["alone", "with-parameters"])
async def test_the_curl_line_of_a_file_sends_what_the_page_sends(
    service: Service, parameters: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "it's.png"
    file.write_bytes(b"\x89PNG" + bytes(range(256)) * 3000)
    body = json.dumps({"text": f"@{file.name}"} | ({"generation_params": parameters} if parameters else {}), indent=2)
    page = (await service.get("/docs")).text
    arguments, sent = heard_by_curl(curl_line(page, "http://server/models/m", body, [file.name], True), tmp_path)
    if not parameters:
        assert arguments == ["http://server/models/m", "--data-binary", f"@{file.name}"]
        return
    assert arguments == ["http://server/models/m", "--json", "@-"]
    told = json.loads(sent)
    assert told["generation_params"] == parameters
    assert base64.b64decode(told["text"], validate=True) == file.read_bytes()
