"""`wrk` as the load: one run, its rate, its latencies, and whether every reply was a good one."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


SCRIPT = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local bodies = {{
{bodies}
}}
local requests, turn = {{}}, 0
init = function(args)
  for index, body in ipairs(bodies) do
    requests[index] = wrk.format(nil, nil, nil, body)
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
"""


class Measured(NamedTuple):
    """One run of the load."""

    clients: int
    rps: float
    p50_ms: float
    p99_ms: float
    bad: int


def measure(
    url: str, bodies: Mapping[str, object] | Sequence[Mapping[str, object]], clients: int, seconds: float
) -> Measured:
    """Post a body, or several in turn, from so many clients for so long."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("this benchmark needs wrk: apt-get install wrk")
    quoted = [_quoted(json.dumps(body)) for body in ([bodies] if isinstance(bodies, Mapping) else bodies)]
    script = SCRIPT.format(bodies=",\n".join(quoted))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        Path(lua.name).write_text(script)
        command = [wrk, "-t1", f"-c{clients}", f"-d{seconds:g}s", "--latency", "--timeout", "30s", "-s", lua.name, url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return Measured(
        clients,
        float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        _milliseconds(_found(r"^\s+50%\s+(\S+)\s*$", output)),
        _milliseconds(_found(r"^\s+99%\s+(\S+)\s*$", output)),
        int(refused.group(1)) if refused else 0,
    )


def _quoted(text: str) -> str:
    """A string of Lua, whatever is in it."""
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'


def _found(pattern: str, output: str) -> str:
    match = re.search(pattern, output, re.MULTILINE)
    if match is None:
        raise RuntimeError(f"wrk said something unexpected:\n{output}")
    return match.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]
