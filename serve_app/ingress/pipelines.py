"""A model by its name and its task, as the paths of the hub have it."""

from serve_app import tasks
from serve_app.errors import NotFound
from serve_app.ingress.directory import MODELS, Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.naming import entry_named
from serve_app.refusals import brief

_PIPELINE = "/pipeline/"


def pipeline_at(path: str, directory: Directory) -> Entry | None:
    """The model at `/models/NAME/pipeline/TASK` or `/pipeline/TASK/NAME`; names may hold slashes, tasks hold none."""
    if path.startswith(_PIPELINE):
        word, _, name = path.removeprefix(_PIPELINE).partition("/")
    elif path.startswith(MODELS):
        name, _, word = path.removeprefix(MODELS).rpartition(_PIPELINE)
    else:
        return None
    return _doing(word, name, directory) if name and word and "/" not in word else None


def _doing(word: str, name: str, directory: Directory) -> Entry:
    """Under one name on the hub there may be several models, of which the task chooses."""
    first = entry_named(directory, name)
    named = [first, *(entry for entry in directory.entries() if entry.model.hf_model_name == name)]
    if (task := tasks.find(word)) is None:
        raise NotFound(f'there is no task "{brief(word)}"; model "{first.name}" does {first.task.name}')
    for entry in named:
        if entry.task.name == task.name:
            return entry
    raise NotFound(
        f'model "{first.name}" does {first.task.name} and not {task.name}: '
        f"an entry of its own with `hf_task: {task.name}` would"
    )
