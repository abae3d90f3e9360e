"""CORS, which the platform answers before the app is asked.

Source: Microsoft Learn, "How to configure Functions: CORS" and local.settings.json of Core Tools.
"""

from ..settings import CrossOrigin
from .messages import Answer, Request


def preflight(request: Request, allowed: CrossOrigin) -> Answer | None:
    """The answer to a preflight request. None if it is none, or if no origins are configured: then the app gets it."""
    is_preflight = request.method == "OPTIONS" and "access-control-request-method" in request.headers
    if not is_preflight or not allowed.origins:
        return None
    answer = Answer(204)
    if allowed.allows(request.headers.get("origin", "")):
        answer.headers = [
            ("access-control-allow-methods", request.headers["access-control-request-method"]),
            ("access-control-allow-headers", request.headers.get("access-control-request-headers", "")),
        ]
    return answer


def with_origin(request: Request, answer: Answer, allowed: CrossOrigin) -> Answer:
    origin = request.headers.get("origin", "")
    if origin and allowed.origins and allowed.allows(origin):
        everybody = "*" in allowed.origins and not allowed.credentials
        answer.headers.append(("access-control-allow-origin", "*" if everybody else origin))
        if not everybody:
            answer.headers.append(("vary", "Origin"))
        if allowed.credentials:
            answer.headers.append(("access-control-allow-credentials", "true"))
    return answer
