"""The inbox, for people and for tests."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.mail.inbox import Inbox
from local.pages import Pages
from local.serving import THIS_MACHINE_ONLY


def application(inbox: Inbox) -> Starlette:
    pages = Pages(Path(__file__).parent / "templates")

    def overview(request: Request) -> Response:
        mails = inbox.newest(request.query_params.get("to", ""))
        return pages.page("inbox.html", mails=mails)

    def one(request: Request) -> Response:
        mail = inbox.one(request.path_params["id"])
        if mail is None:
            return pages.missing("There is no such message.")
        return pages.page("mail.html", mail=mail)

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
