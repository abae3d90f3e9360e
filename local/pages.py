"""The pages on which a stand-in shows people what it has: its own templates on the sheet that all share."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

SHEET = Path(__file__).parent / "templates"
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


class Pages:
    def __init__(self, folder: Path) -> None:
        self._templates = Environment(loader=FileSystemLoader([folder, SHEET]), autoescape=True)

    def page(self, template: str, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(values), headers=HEADERS)

    def missing(self, says: str) -> HTMLResponse:
        return HTMLResponse(says, status_code=404, headers=HEADERS)
