"""The base of everything that crosses the wire."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.pages.languages import Language
from shared.policy.decision import Purpose


class ApiModel(BaseModel):
    """camelCase outside, and nothing that is not declared."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", defer_build=True)


class NoBody(ApiModel):
    pass


class NoQuery(ApiModel):
    pass


class PersonalQuery(ApiModel):
    """The query of everything that reads personal data: it names its purpose."""

    purpose: Purpose


class PageQuery(ApiModel):
    """The query of a page for everybody. Without a language it is the one that the browser prefers."""

    lang: Language | None = None
