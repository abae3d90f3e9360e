"""The REST API of Key Vault's secrets.

A secret's nbf and exp inform its readers: as in Azure, get works outside them. Only ``enabled`` keeps a value back.
"""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.keyvault import errors, models
from local.keyvault.access import BearerOnly, TokenVerifier
from local.keyvault.backup import Backups
from local.keyvault.errors import VaultError
from local.keyvault.store import Page, Secret, Store
from local.serving import THIS_MACHINE_ONLY

LARGEST_PAGE = 25
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")


def application(url: str, port: int, store: Store, backups: Backups, verifier: TokenVerifier) -> Starlette:
    app = Starlette(
        routes=[Route("/_health", _health), *SecretEndpoints(url, store, backups).routes()],
        middleware=[THIS_MACHINE_ONLY, Middleware(BearerOnly, verifier=verifier, port=port)],
        exception_handlers={VaultError: errors.answer_vault_error, HTTPException: errors.answer_routing_error},
    )
    app.router.redirect_slashes = False  # "/secrets/NAME/" means its current version
    return app


class SecretEndpoints:
    def __init__(self, url: str, store: Store, backups: Backups) -> None:
        self._url, self._store, self._backups = url, store, backups

    def routes(self) -> list[Route]:
        return [
            Route("/secrets", self.list, methods=["GET"]),
            Route("/secrets/restore", self.restore, methods=["POST"]),
            Route("/secrets/{name}", self.get, methods=["GET"]),
            Route("/secrets/{name}/", self.get, methods=["GET"]),
            Route("/secrets/{name}", self.set, methods=["PUT"]),
            Route("/secrets/{name}", self.update, methods=["PATCH"]),
            Route("/secrets/{name}/", self.update, methods=["PATCH"]),
            Route("/secrets/{name}", self.delete, methods=["DELETE"]),
            Route("/secrets/{name}/versions", self.versions, methods=["GET"]),
            Route("/secrets/{name}/backup", self.backup, methods=["POST"]),
            Route("/secrets/{name}/{version}", self.get, methods=["GET"]),
            Route("/secrets/{name}/{version}", self.update, methods=["PATCH"]),
            Route("/deletedsecrets", self.list_deleted, methods=["GET"]),
            Route("/deletedsecrets/{name}", self.get_deleted, methods=["GET"]),
            Route("/deletedsecrets/{name}", self.purge, methods=["DELETE"]),
            Route("/deletedsecrets/{name}/recover", self.recover, methods=["POST"]),
        ]

    async def get(self, request: Request) -> Response:
        secret = self._store.get(_name(request), request.path_params.get("version"))
        if not secret.enabled:
            raise errors.disabled()
        return JSONResponse(models.bundle(secret, self._url))

    async def set(self, request: Request) -> Response:
        body = await _body(request, models.SetBody)
        secret = self._store.set(_name(request), body.value, body.to_attributes())
        return JSONResponse(models.bundle(secret, self._url))

    async def update(self, request: Request) -> Response:
        body = await _body(request, models.UpdateBody)
        secret = self._store.update(_name(request), request.path_params.get("version"), body.to_attributes())
        return JSONResponse(models.properties(secret, self._url))

    async def list(self, request: Request) -> Response:
        after, size = _paging(request)
        return self._page(request, self._store.page_of_names(after, size), models.item)

    async def versions(self, request: Request) -> Response:
        after, size = _paging(request)
        return self._page(request, self._store.page_of_versions(_name(request), after, size), models.properties)

    async def delete(self, request: Request) -> Response:
        secret = self._store.delete(_name(request))
        return JSONResponse(models.properties(secret, self._url) | models.deletion(secret, self._url))

    async def get_deleted(self, request: Request) -> Response:
        secret = self._store.get_deleted(_name(request))
        return JSONResponse(models.properties(secret, self._url) | models.deletion(secret, self._url))

    async def list_deleted(self, request: Request) -> Response:
        def shown(secret: Secret, url: str) -> dict[str, Any]:
            return models.item(secret, url) | models.deletion(secret, url)

        after, size = _paging(request)
        return self._page(request, self._store.page_of_names(after, size, deleted=True), shown)

    async def recover(self, request: Request) -> Response:
        return JSONResponse(models.properties(self._store.recover(_name(request)), self._url))

    async def purge(self, request: Request) -> Response:
        self._store.purge(_name(request))
        return Response(status_code=204)

    async def backup(self, request: Request) -> Response:
        return JSONResponse({"value": self._backups.seal(self._store.all_versions(_name(request)))})

    async def restore(self, request: Request) -> Response:
        _require_version(request)
        body = await _body(request, models.RestoreBody)
        secret = self._store.restore(self._backups.open(body.value))
        return JSONResponse(models.properties(secret, self._url))

    def _page(self, request: Request, page: Page, show: Callable[[Secret, str], dict[str, Any]]) -> Response:
        following = None
        if page.next is not None:
            query = {
                "api-version": request.query_params["api-version"],
                "$skiptoken": base64.urlsafe_b64encode(page.next.encode()).decode(),
                "maxresults": str(_paging(request)[1]),
            }
            following = f"{self._url}{request.url.path}?{urlencode(query)}"
        return JSONResponse({"value": [show(secret, self._url) for secret in page.secrets], "nextLink": following})


def _name(request: Request) -> str:
    _require_version(request)
    name = str(request.path_params["name"])
    if not _NAME.fullmatch(name):
        raise errors.bad_parameter("A secret's name has 1 to 127 characters: 0-9, a-z, A-Z and -.")
    return name


def _require_version(request: Request) -> None:
    if not request.query_params.get("api-version"):
        raise errors.bad_parameter("api-version must be specified")


def _paging(request: Request) -> tuple[str, int]:
    """Where the page starts (empty: at the beginning) and how long it may be."""
    _require_version(request)
    try:
        size = int(request.query_params.get("maxresults", LARGEST_PAGE))
        after = base64.urlsafe_b64decode(request.query_params.get("$skiptoken", "")).decode()
    except ValueError:
        raise errors.bad_parameter("maxresults or $skiptoken cannot be read.") from None
    if not 1 <= size <= LARGEST_PAGE:
        raise errors.bad_parameter(f"maxresults must be between 1 and {LARGEST_PAGE}.")
    return after, size


async def _body[T: BaseModel](request: Request, model: type[T]) -> T:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        raise errors.bad_parameter(where) from None


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
