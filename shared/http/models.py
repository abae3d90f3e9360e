"""The base of everything that crosses the wire."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

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
