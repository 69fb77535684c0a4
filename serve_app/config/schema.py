"""The schema of the YAML: every field and every default stands here, once."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, field_validator, model_validator

NAME_PATTERN = r"^[^#?%\s][^#?%\n\t]*$"
HOST_PATTERN = r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_-][A-Za-z0-9._-]*)(:[0-9]{1,5})?$"


class Section(BaseModel):
    """A block of the YAML: unknown keys are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        # `limits:` with all its lines commented out reads as null; the original format allowed null as well.
        return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


class Resources(Section):
    """What one replica takes of a machine."""

    num_cpus: StrictFloat = Field(
        0.1, ge=0, description="CPUs that Ray sets aside for one replica; fractions share a core"
    )
    num_gpus: StrictFloat = Field(
        0, ge=0, description="GPUs for one replica; 0.25 lets four models share one; by default 1 if hf_device is cuda"
    )
    memory: StrictInt | None = Field(None, gt=0, description="Bytes of memory that Ray sets aside for one replica")
    accelerator_type: str | None = Field(None, description="Only on nodes with this accelerator, as Ray names it")
    custom: dict[str, Annotated[StrictFloat, Field(gt=0)]] = Field(
        default_factory=dict, description="Ray's custom resources, by name"
    )
    num_threads: StrictInt | None = Field(
        None, ge=1, description="Inference threads; by default num_cpus, or every core when num_cpus is below 1"
    )


class Batching(Section):
    """What may share a forward."""

    max_batch_size: StrictInt = Field(32, ge=1, le=4096, description="Rows that share a forward at most")
    max_batch_tokens: StrictInt = Field(
        16_384, ge=1, description="Tokens, padding included, that share a forward at most"
    )
    wait_ms: StrictFloat = Field(
        0, ge=0, le=1000, description="How long a forward waits for company when the model is idle"
    )


class Autoscaling(Section):
    """How many replicas follow the load."""

    min_replicas: StrictInt = Field(1, ge=0, description="Replicas kept when nothing is asked; 0 lets the model sleep")
    max_replicas: StrictInt = Field(1, ge=1, description="Replicas at most")
    initial_replicas: StrictInt | None = Field(None, ge=0, description="Replicas at the start; min_replicas by default")
    target_ongoing_requests: StrictFloat = Field(
        32, gt=0, description="Requests, waiting or running, that one replica should have on its hands"
    )
    upscale_delay_s: StrictFloat = Field(3, ge=0, description="How long the load must last before replicas are added")
    downscale_delay_s: StrictFloat = Field(60, ge=0, description="How long it must be gone before replicas are removed")
    downscale_to_zero_delay_s: StrictFloat | None = Field(
        None, ge=0, description="The same for the last replica; downscale_delay_s by default"
    )


class Limits(Section):
    """What a model takes from its callers."""

    timeout_s: StrictFloat = Field(60, gt=0, description="A request is answered within this time, or with a 504")
    max_queued_requests: StrictInt = Field(1000, ge=1, description="Inputs that may wait; one more is a 429")
    max_input_tokens: StrictInt | None = Field(
        None, ge=1, description="Tokens of one input; by default what the model takes"
    )
    max_pixels: StrictInt = Field(
        2**25, ge=1, le=2**27, description="Pixels of one image, counted before it is decoded"
    )
    max_sound_s: StrictFloat = Field(600, gt=0, le=86_400, description="Seconds of one sound")
    max_items: StrictInt = Field(128, ge=1, description="Inputs in one request")


class Model(Section):
    """One model; the fields of the original format come first."""

    name: str = Field(min_length=1, max_length=200, pattern=NAME_PATTERN, description="Unique name")
    type: Literal["huggingface"] = Field("huggingface", description="The kind of entry")
    description: str = Field("", description="One line for people")
    endpoint: str = Field("", description="The URL path of the model; models/NAME by default")
    tags: tuple[str, ...] = Field((), description="Free words for people")
    options: dict[str, Any] = Field(default_factory=dict, description="Kept for the original format; `debug` is read")
    hf_model_name: str = Field(min_length=1, description="A folder, demo/NAME, or a model id of the hub")
    hf_task: str = Field("generation", description="The task, as `serve-app tasks` lists them")
    hf_model_kwargs: dict[str, Any] = Field(default_factory=dict, description="Keywords for from_pretrained")
    adapters: dict[Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")], Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="LoRA adapters by the name that callers use: a folder, or a model id of the hub with @revision",
    )
    hf_generation_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="The task's parameters where a request has none of its own"
    )
    hf_device: str = Field("cpu", description="cpu, cuda, cuda:0 or mps")
    engine: str = Field("torch", description="What runs the model")
    engine_options: dict[str, Any] = Field(default_factory=dict, description="The engine's own options")
    resources: Resources = Field(default_factory=Resources, description="What one replica takes of a machine")
    batching: Batching = Field(default_factory=Batching, description="What may share a forward")
    num_replicas: StrictInt | None = Field(None, ge=1, description="A fixed number of replicas, instead of autoscaling")
    autoscaling: Autoscaling | None = Field(None, description="How many replicas follow the load")
    limits: Limits = Field(default_factory=Limits, description="What the model takes from its callers")
    warmup: StrictBool = Field(True, description="Run one real batch per shape class before the model counts as ready")

    @model_validator(mode="before")
    @classmethod
    def _a_gpu_for_cuda(cls, value: Any) -> Any:
        # The original format has no more than `hf_device: cuda`, but here a replica sees only what it asks for.
        if not isinstance(value, dict) or not str(value.get("hf_device")).startswith("cuda"):
            return value
        resources = value.get("resources") or {}
        if not isinstance(resources, dict) or resources.get("num_gpus") is not None:
            return value
        return {**value, "resources": {**resources, "num_gpus": 1}}

    @field_validator("endpoint")
    @classmethod
    def _without_slashes(cls, value: str) -> str:
        if value and not value.strip("/"):
            raise ValueError("expected a path such as models/NAME, found '/', which is the list of what is served")
        return value.strip("/")

    @property
    def fits_twice(self) -> bool:
        """Whether an update can start a new replica beside the old one: what is bought by the piece may be sold out."""
        resources = self.resources
        return not (resources.num_gpus or resources.memory or resources.custom)

    @property
    def replicas_at_start(self) -> int:
        """How many run before anybody asks; with none the model sleeps, and the first request wakes it."""
        scaling = self.autoscaling
        if scaling is None:
            return self.num_replicas or 1
        return scaling.min_replicas if scaling.initial_replicas is None else scaling.initial_replicas

    @property
    def path(self) -> str:
        """The model's URL path, with its leading slash."""
        return "/" + (self.endpoint or f"models/{self.name}")


class Server(Section):
    """What holds for every model alike."""

    allow_origins: tuple[str, ...] = Field((), description="CORS: origins that may call from a browser")
    allow_credentials: StrictBool = Field(False, description="CORS: whether cookies may come along")
    allow_methods: tuple[str, ...] = Field(("GET", "POST"), description="CORS: methods")
    allow_headers: tuple[str, ...] = Field(("*",), description="CORS: request headers")
    debug: StrictBool = Field(False, description="Log every request")
    max_body_bytes: StrictInt = Field(25_000_000, ge=1, description="Bytes of one request; one more is a 413")
    media_hosts: tuple[Annotated[str, Field(pattern=HOST_PATTERN)], ...] = Field(
        (), description="Hosts, each with a port if it is an unusual one, whose files a request may name by link"
    )
    max_items: StrictInt = Field(1024, ge=1, description="Inputs in one request, whatever the model allows")
    ingress_replicas: StrictInt = Field(1, ge=1, description="Ingress processes, which share nothing")


class Graph(Section):
    """The `args` of an application that serves several models behind its own ingress."""

    models: tuple[Model, ...] = Field(min_length=1, description="What is served")
    server: Server = Field(default_factory=Server, description="What holds for every model alike")


class Ingress(Section):
    """The `args` of an ingress that serves the models of other applications."""

    server: Server = Field(default_factory=Server, description="What holds for every model alike")
