"""Adapters on one network: at any moment one of them, or none, shapes what the network says."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad


class Adapters:
    """Weights beside the network's own layers; `use` changes which of them take part."""

    def __init__(self, network: Any, folders: Mapping[str, Path]) -> None:
        self._network = network
        self._current = ""
        self.names = tuple(folders)
        for name, folder in folders.items():
            _load(network, name, folder)
        if folders:
            network.eval()
            network.disable_adapters()

    @property
    def current(self) -> str:
        """The name of the one that takes part; empty for the network alone."""
        return self._current

    def use(self, name: str) -> None:
        """Let this one take part from now on."""
        if name == self._current:
            return
        if name:
            self._network.enable_adapters()
            self._network.set_adapter(name)
        else:
            self._network.disable_adapters()
        self._current = name


def _load(network: Any, name: str, folder: Path) -> None:
    try:
        with warnings.catch_warnings():
            # That there are several is no accident here.
            warnings.filterwarnings("ignore", "Already found a `peft_config`")
            network.load_adapter(str(folder), adapter_name=name)
    except ImportError as error:
        raise ModelCannotLoad("adapters need peft: pip install 'serve-app[adapters]'") from error
    except Exception as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelCannotLoad(
            f"the adapter {name} in {folder} does not fit this model ({line}): it must be made for this very model"
        ) from error
