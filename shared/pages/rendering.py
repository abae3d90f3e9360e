"""From a template and words to a page, and its way out.

Everything that is filled in is escaped. The policy of the pages allows our own stylesheet and forms to ourselves, and
nothing else: no script, no inline style, no picture or font from elsewhere, no frame.

Pages need no protection against forged requests (CSRF): there are no cookies and no other credentials that a browser
would send by itself, so a page elsewhere can make a visitor send only what it could have sent without the visitor.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.pages.languages import NAMES, Language, Texts

if TYPE_CHECKING:
    from jinja2 import Environment

ROOT = Path(__file__).parent.parent
STYLESHEET = (Path(__file__).with_name("style.css")).read_text()
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Vary": "Accept, Accept-Language",
}


def render(template: str, texts: Texts, language: Language, **values: Any) -> str:
    """``template`` is a path below ``shared/``; it gets the words as ``t``, the language and the values."""
    words = texts.of(language)
    return _environment().get_template(template).render(
        t=words, language=language.value, languages=NAMES, home="/api/public", **values
    )  # fmt: skip


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only pages need it

    return Environment(
        loader=FileSystemLoader(ROOT),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[],
    )
