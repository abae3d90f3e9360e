"""The refusals of the vault, in the words of the real one: the SDK turns their status into its exceptions."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


@dataclass(eq=False)
class VaultError(Exception):
    status: int
    code: str
    message: str
    inner_code: str | None = None


def bad_parameter(message: str) -> VaultError:
    return VaultError(400, "BadParameter", message)


def not_found(name: str) -> VaultError:
    return VaultError(404, "SecretNotFound", f"A secret with (name/id) {name} was not found in this key vault.")


def deleted_not_found(name: str) -> VaultError:
    return VaultError(404, "SecretNotFound", f"Deleted Secret not found: {name}")


def disabled() -> VaultError:
    return VaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")


def name_in_use(name: str) -> VaultError:
    return VaultError(409, "Conflict", f"A secret with name {name} already exists in this vault.")


def deleted_but_recoverable(name: str) -> VaultError:
    message = f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused."
    return VaultError(409, "Conflict", message, "ObjectIsDeletedButRecoverable")


def response(error: VaultError, headers: dict[str, str] | None = None) -> Response:
    body: dict[str, object] = {"code": error.code, "message": error.message}
    if error.inner_code:
        body["innererror"] = {"code": error.inner_code}
    return JSONResponse({"error": body}, error.status, headers)


async def answer_vault_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, VaultError)  # noqa: S101 - registered for nothing else
    return response(error)


async def answer_routing_error(_: Request, error: Exception) -> Response:
    """No such path, or no such method on it."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return response(VaultError(status, "BadRequest", "The vault has no such operation."))
