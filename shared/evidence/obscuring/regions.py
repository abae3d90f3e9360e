"""Regions of a picture: where somebody or something is to be made unrecognisable.

Positions are fractions of the upright picture, from its upper left corner, so that they hold for every size of it.
"""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.evidence.obscuring.places import Place
from shared.http.models import ApiModel


class What(StrEnum):
    FACE = "face"
    BODY = "body"
    PLATE = "plate"
    OTHER = "other"


class Box(ApiModel):
    x: float = Field(ge=0, le=1, allow_inf_nan=False)
    y: float = Field(ge=0, le=1, allow_inf_nan=False)
    width: float = Field(gt=0, le=1, allow_inf_nan=False)
    height: float = Field(gt=0, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _lies_inside(self) -> Self:
        if self.x + self.width > 1.000001 or self.y + self.height > 1.000001:
            raise ValueError("The region reaches beyond the picture.")
        return self

    @property
    def place(self) -> Place:
        return Place(self.x, self.y, self.width, self.height)


class Region(Box):
    """``obscured`` is what a person decided; a suggestion that nobody has decided on has none."""

    what: What = What.FACE
    origin: Literal["suggested", "drawn"] = "drawn"
    confidence: float | None = Field(default=None, ge=0, le=1, description="The detector's, for a suggestion")
    obscured: bool | None = None
