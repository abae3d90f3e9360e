"""The inbox, for people and for tests."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.mail.inbox import Inbox
from local.serving import THIS_MACHINE_ONLY

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


def application(inbox: Inbox) -> Starlette:
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)

    def overview(request: Request) -> Response:
        mails = inbox.newest(request.query_params.get("to", ""))
        return HTMLResponse(templates.get_template("inbox.html").render(mails=mails), headers=HEADERS)

    def one(request: Request) -> Response:
        mail = inbox.one(request.path_params["id"])
        if mail is None:
            return HTMLResponse("There is no such message.", status_code=404, headers=HEADERS)
        return HTMLResponse(templates.get_template("mail.html").render(mail=mail), headers=HEADERS)

    def as_json(request: Request) -> Response:
        return JSONResponse([vars(mail) for mail in inbox.newest(request.query_params.get("to", ""))])

    def empty(_: Request) -> Response:
        inbox.empty()
        return Response(status_code=204)

    def health(_: Request) -> Response:
        return JSONResponse({"status": "up"})

    return Starlette(
        routes=[
            Route("/", overview),
            Route("/mails/{id}", one),
            Route("/mails.json", as_json),
            Route("/mails.json", empty, methods=["DELETE"]),
            Route("/_health", health),
        ],
        middleware=[THIS_MACHINE_ONLY],
    )
