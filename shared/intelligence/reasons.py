"""What is said for and against a suggested link: a closed list of codes, each with its sentence in English.

The codes are part of the API, so that whoever shows a suggestion can say it in another language.
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.intelligence.comparison import NEAR_KM, REGION_KM


class ReasonCode(StrEnum):
    """An aspect, and how two reports agree in it. Of each aspect the level that agrees best comes first."""

    PLATE_SAME = "plate.same"
    PLATE_ALIKE = "plate.alike"
    PLATE_DIFFERENT = "plate.different"
    MARKS_SEVERAL = "marks.several"
    MARKS_ONE = "marks.one"
    MARKS_NONE = "marks.none"
    WORN_SEVERAL = "worn.several"
    WORN_ONE = "worn.one"
    WORN_NONE = "worn.none"
    METHODS_ALL = "methods.all"
    METHODS_SEVERAL = "methods.several"
    METHODS_ONE = "methods.one"
    METHODS_NONE = "methods.none"
    PRODUCTS_SEVERAL = "products.several"
    PRODUCTS_ONE = "products.one"
    PRODUCTS_NONE = "products.none"
    PLACE_SITE = "place.site"
    PLACE_NEAR = "place.near"
    PLACE_REGION = "place.region"
    PLACE_FAR = "place.far"
    RHYTHM_DAY_AND_HOUR = "rhythm.day_and_hour"
    RHYTHM_HOUR = "rhythm.hour"
    RHYTHM_NEITHER = "rhythm.neither"
    COMPANY_ALONE = "company.alone"
    COMPANY_SAME_NUMBER = "company.same_number"
    COMPANY_ABOUT = "company.about"
    COMPANY_DIFFERENT = "company.different"

    @property
    def aspect(self) -> str:
        return self.value.partition(".")[0]


ORDER = list(ReasonCode)
AGAINST = {
    ReasonCode.PLATE_DIFFERENT,
    ReasonCode.MARKS_NONE,
    ReasonCode.WORN_NONE,
    ReasonCode.METHODS_NONE,
    ReasonCode.PRODUCTS_NONE,
    ReasonCode.PLACE_FAR,
    ReasonCode.RHYTHM_NEITHER,
    ReasonCode.COMPANY_DIFFERENT,
}
RARITIES = {"marks", "worn", "products"}
"""Aspects of which it can be said that few reports have what agrees."""
FEW_HAVE_IT = "Few reports have it."
KM: Mapping[ReasonCode, int] = {
    ReasonCode.PLACE_NEAR: NEAR_KM,
    ReasonCode.PLACE_REGION: REGION_KM,
    ReasonCode.PLACE_FAR: REGION_KM,
}
"""The distance that a code speaks of."""
WORDS: Mapping[ReasonCode, str] = {
    ReasonCode.PLATE_SAME: "The same number plate was noted.",
    ReasonCode.PLATE_ALIKE: "The number plates are alike: they differ only in what is easily misread.",
    ReasonCode.PLATE_DIFFERENT: "The number plates are different.",
    ReasonCode.MARKS_SEVERAL: "Several described marks agree.",
    ReasonCode.MARKS_ONE: "A described mark agrees.",
    ReasonCode.MARKS_NONE: "The described marks are different.",
    ReasonCode.WORN_SEVERAL: "Several described pieces of clothing agree.",
    ReasonCode.WORN_ONE: "A described piece of clothing agrees.",
    ReasonCode.WORN_NONE: "The described clothing is different.",
    ReasonCode.METHODS_ALL: "The same methods were used together.",
    ReasonCode.METHODS_SEVERAL: "Several methods agree.",
    ReasonCode.METHODS_ONE: "A method agrees.",
    ReasonCode.METHODS_NONE: "The methods are different.",
    ReasonCode.PRODUCTS_SEVERAL: "Several products agree.",
    ReasonCode.PRODUCTS_ONE: "A product agrees.",
    ReasonCode.PRODUCTS_NONE: "The products are different.",
    ReasonCode.PLACE_SITE: "Both happened at the same site.",
    ReasonCode.PLACE_NEAR: f"The sites are within {NEAR_KM} km.",
    ReasonCode.PLACE_REGION: f"The sites are within {REGION_KM} km.",
    ReasonCode.PLACE_FAR: f"The sites are more than {REGION_KM} km apart.",
    ReasonCode.RHYTHM_DAY_AND_HOUR: "Both happened on the same weekday, at about the same time.",
    ReasonCode.RHYTHM_HOUR: "Both happened at about the same time of day.",
    ReasonCode.RHYTHM_NEITHER: "They happened at different times of day.",
    ReasonCode.COMPANY_ALONE: "One suspect was described in each.",
    ReasonCode.COMPANY_SAME_NUMBER: "The same number of suspects acted together.",
    ReasonCode.COMPANY_ABOUT: "Several suspects acted together in both, in different numbers.",
    ReasonCode.COMPANY_DIFFERENT: "In one a suspect acted alone, in the other several did.",
}


def in_words(code: ReasonCode, *, rare: bool) -> str:
    return f"{WORDS[code]} {FEW_HAVE_IT}" if rare else WORDS[code]
