"""What the collector answers: to exporters, to people, and to tests."""

from pathlib import Path

from google.protobuf.message import DecodeError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.pages import Pages
from local.serving import THIS_MACHINE_ONLY
from local.telemetry import wire
from local.telemetry.store import Span, Store

SHOWN = 200
PROTOBUF = "application/x-protobuf"


def application(store: Store) -> Starlette:
    pages = Pages(Path(__file__).parent / "templates")

    async def take_spans(request: Request) -> Response:
        try:
            store.add_spans(wire.spans(await request.body()))
        except DecodeError:
            return Response(status_code=400)
        return Response(b"", media_type=PROTOBUF)

    async def take_points(request: Request) -> Response:
        try:
            store.add_points(wire.points(await request.body()))
        except DecodeError:
            return Response(status_code=400)
        return Response(b"", media_type=PROTOBUF)

    async def overview(_: Request) -> Response:
        return pages.page("overview.html", roots=store.roots(SHOWN), points=store.points())

    async def one(request: Request) -> Response:
        spans = store.trace(request.path_params["trace"])
        if not spans:
            return pages.missing("There is no such trace.")
        return pages.page("trace.html", rows=_waterfall(spans), first=spans[0])

    async def as_json(request: Request) -> Response:
        return JSONResponse([vars(each) for each in store.trace(request.path_params["trace"])])

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "up"})

    return Starlette(
        routes=[
            Route("/v1/traces", take_spans, methods=["POST"]),
            Route("/v1/metrics", take_points, methods=["POST"]),
            Route("/", overview),
            Route("/traces/{trace}.json", as_json),
            Route("/traces/{trace}", one),
            Route("/_health", health),
        ],
        middleware=[THIS_MACHINE_ONLY],
    )


def _waterfall(spans: list[Span]) -> list[dict[str, object]]:
    """Each span with its depth, and its place on a line from 0 to 100."""
    begun, ended = min(s.begun for s in spans), max(s.ended for s in spans)
    whole = max(ended - begun, 1)
    parents = {span.id: span.parent for span in spans}

    def depth(identifier: str) -> int:
        parent = parents.get(identifier, "")
        return 1 + depth(parent) if parent in parents else 0

    return [
        {
            "span": span,
            "depth": depth(span.id),
            "left": 100 * (span.begun - begun) / whole,
            "width": max(100 * (span.ended - span.begun) / whole, 0.3),
        }
        for span in spans
    ]
