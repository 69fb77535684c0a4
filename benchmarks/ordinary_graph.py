"""A two-deployment Ray Serve graph as Ray's documentation would have it: what the overhead is measured against."""

from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse


@serve.deployment(max_ongoing_requests=200)
class Model:
    """Answers with its input."""

    async def __call__(self, text: str) -> dict[str, str]:
        return {"text": text}


@serve.deployment(max_ongoing_requests=500)
class Ingress:
    """Hands every request on to the model."""

    def __init__(self, model: serve.handle.DeploymentHandle) -> None:
        self.model = model

    async def __call__(self, request: Request) -> JSONResponse:
        body = await request.json()
        return JSONResponse(await self.model.remote(body["text"]))


app = Ingress.bind(Model.bind())  # type: ignore[attr-defined]  # Serve's decorators are untyped
