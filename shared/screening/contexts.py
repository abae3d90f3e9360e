"""Whether a term describes somebody or something: 'black male' and 'he was black', but not 'black jacket'."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.screening.normalise import Gap, Token
from shared.screening.terms import Flag, Lexicon, Term

_REACH = 2
_NEXT = 1
_MOST_BETWEEN = 6
_SPEECH_REACH = 5
_PRODUCT_REACH = 3
_CONJUNCTIONS = frozenset(["and", "or", "&"])
_LINKS = frozenset(["is", "was", "as"])
_MOVES = frozenset(["is", "are", "was", "were", "originally", "comes", "come", "came", "hails"])
_SUPPOSED = frozenset(["be", "believed", "thought"])
_CONTINUING = frozenset(["but", "and"])
_BEARING = frozenset(["with", "in", "wearing"])
_HEIGHTS = frozenset(["foot", "ft", "feet", "cm"])
_BEING = frozenset(["is", "was", "are", "were", "be", "been", "as", "isn't", "wasn't"])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a term stands: ``tokens[first:end]``."""

    tokens: list[Token]
    first: int
    end: int
    term: Term
    lexicon: Lexicon

    def token(self, at: int) -> Token | None:
        return self.tokens[at] if 0 <= at < len(self.tokens) else None


def judged(place: Place) -> tuple[int, int] | None:
    """The range of tokens to show to the reporter, or None when the term is innocent here."""
    group = place.term.group
    if _is_name(place) or _beside(place, group.unless_after, group.unless_before, _NEXT):
        return None
    return _RULES[place.term.flag](place)


def _always(place: Place) -> tuple[int, int] | None:
    described = _described_after(place)
    if described is not None:
        return place.first, described + 1
    following = place.token(place.end)
    if following and following.gap is Gap.SPACE and following.bare in place.lexicon.table.words.things:
        return None
    return place.first, place.end


def _in_context(place: Place) -> tuple[int, int] | None:
    group = place.term.group
    return (place.first, place.end) if _beside(place, group.when_after, group.when_before, _REACH) else None


def _from_there(place: Place) -> tuple[int, int] | None:
    """'He is from Turkey', not 'the flight from Turkey'."""
    words = place.lexicon.table.words
    at = place.first - 1
    while at > 0 and place.tokens[at].word in words.article:
        at -= 1
    if at < 1 or place.tokens[at].word != "from":
        return None
    for back in range(at - 1, max(-1, at - _MOST_BETWEEN), -1):
        word = place.tokens[back].bare
        if word in words.person or word in words.pronoun or word == "originally":
            return back, place.end
        if word not in _MOVES and word not in words.adverb:
            return None
    return None


def _of_a_person(place: Place) -> tuple[int, int] | None:
    context = _in_context(place)
    if context:
        return context
    worn = place.first > 0 and place.tokens[place.first - 1].word in place.lexicon.table.words.wearing
    if not worn:
        described = _described_after(place)
        if described is not None:
            return place.first, described + 1
    if _is_language(place):
        return place.first - 1, place.end
    if not _description_ends(place):
        return _after_verb(place) if _describes_nothing_else(place) else None
    if not worn:
        described = _described_before(place)
        if described is not None:
            return described, place.end
    return _after_verb(place) or _after_marker(place) or _counted(place) or _measured(place)


_RULES: dict[Flag, Callable[[Place], tuple[int, int] | None]] = {
    Flag.ALWAYS: _always,
    Flag.OF_A_PERSON: _of_a_person,
    Flag.FROM_THERE: _from_there,
    Flag.IN_CONTEXT: _in_context,
}


def _is_name(place: Place) -> bool:
    """'Mr Black', 'Karen White', 'Christian Hughes'; not 'Christian Man'."""
    if not place.term.may_be_name or not place.tokens[place.first].capital:
        return False
    words, before, after = place.lexicon.table.words, place.token(place.first - 1), place.token(place.end)
    if before and before.word in words.title:
        return True
    if after and after.capital and after.gap is Gap.SPACE and after.bare not in words.person | words.descriptor:
        return after.bare not in place.lexicon.describing
    if after and after.gap is Gap.SPACE and after.bare in words.person:
        return False
    close = place.tokens[place.first].gap is Gap.SPACE
    return bool(before and before.capital and close and before.word not in words.spoken | place.lexicon.describing)


def _beside(place: Place, after: frozenset[str], before: frozenset[str], reach: int) -> bool:
    """Whether the term comes shortly after one of ``after`` or before one of ``before``, articles not counted."""
    articles = place.lexicon.table.words.article
    if after and any(word in after for word in _content(_backwards(place), articles, reach)):
        return True
    return bool(before) and any(word in before for word in _content(_forwards(place), articles, reach))


def _content(tokens: Iterator[Token], articles: frozenset[str], left: int) -> Iterator[str]:
    for token in tokens:
        if token.word not in articles:
            yield token.bare
            yield token.word
            left -= 1
        if not left:
            return


def _backwards(place: Place) -> Iterator[Token]:
    for at in range(place.first, 0, -1):
        if place.tokens[at].gap is not Gap.SPACE:
            return
        yield place.tokens[at - 1]


def _forwards(place: Place) -> Iterator[Token]:
    for at in range(place.end, len(place.tokens)):
        if place.tokens[at].gap is not Gap.SPACE:
            return
        yield place.tokens[at]


def _described_after(place: Place) -> int | None:
    """Where the person is in 'white middle aged man', 'Asian looking', 'one black and one white male'."""
    words, tokens = place.lexicon.table.words, place.tokens
    listed = place.first == 0 or tokens[place.first].gap is not Gap.SPACE
    for at in range(place.end, min(len(tokens), place.end + _MOST_BETWEEN)):
        token = tokens[at]
        if token.gap is Gap.STOP or (token.gap is Gap.PAUSE and not listed):
            return None
        if token.bare in words.person or token.word in words.wearer:
            return None if _is_product(place, at) or _is_address(place, at) else at
        if token.word in words.marker_after and token.gap is Gap.SPACE:
            return None if _is_thing(place, at + 1) else at
        if not (_describes(place, token) or (token.word in _CONJUNCTIONS and _describes_next(place, at + 1))):
            return None
    return None


def _describes(place: Place, token: Token) -> bool:
    return (
        token.word in place.lexicon.table.words.descriptor or token.word in place.lexicon.describing or _is_age(token)
    )


def _describes_next(place: Place, at: int) -> bool:
    """Another description follows: 'and white', 'and one white'."""
    following = place.token(at)
    return following is not None and following.word in place.lexicon.describing | {"one", "a"}


def _is_age(token: Token) -> bool:
    return token.word.removesuffix("s").isdecimal() or token.word in {"one", "a"}


def _is_product(place: Place, at: int) -> bool:
    """'Black men's jacket' describes a jacket."""
    words, following = place.lexicon.table.words, place.token(at + 1)
    if following and following.word in words.likeness:
        return True
    if place.tokens[at].word not in words.wearer:
        return False
    for next_at in range(at + 1, min(len(place.tokens), at + 1 + _PRODUCT_REACH)):
        token = place.tokens[next_at]
        if token.gap is not Gap.SPACE:
            return False
        if token.bare in words.things:
            return True
        if not (token.capital or token.word in words.colour | words.descriptor):
            return False
    return False


def _is_address(place: Place, at: int) -> bool:
    """'Black Boy Lane' is a street."""
    token = place.token(at + 1)
    return (
        token is not None
        and token.capital
        and place.tokens[at].capital
        and token.word in place.lexicon.table.words.place
    )


def _is_thing(place: Place, at: int) -> bool:
    token = place.token(at)
    return token is not None and token.gap is Gap.SPACE and token.bare in place.lexicon.table.words.things


def _is_language(place: Place) -> bool:
    """'Speaking Polish', 'shouted at each other in Polish'."""
    if not place.term.group.languages or place.first == 0 or _is_thing(place, place.end):
        return False
    speech = place.lexicon.table.words.speech
    before = place.tokens[place.first - 1].word
    if before in speech:
        return True
    earlier = place.tokens[max(0, place.first - 1 - _SPEECH_REACH) : place.first - 1]
    return before == "in" and any(token.word in speech for token in earlier)


def _description_ends(place: Place) -> bool:
    """Nothing follows that the term could describe: 'was black.', 'male, black, 30s', 'looked Indian and left'."""
    words, following = place.lexicon.table.words, place.token(place.end)
    if following is None or following.gap is not Gap.SPACE:
        return True
    if following.word in _CONJUNCTIONS:
        after = place.token(place.end + 1)
        return after is None or not (after.word in words.colour or after.bare in words.things)
    if following.word in words.descriptor:
        return not any(_is_thing(place, at) for at in range(place.end + 1, place.end + 3))
    return following.word in words.ending or _is_age(following)


def _describes_nothing_else(place: Place) -> bool:
    """'He was Mexican I think': no thing follows that could be Mexican instead."""
    words, following = place.lexicon.table.words, place.token(place.end)
    return (
        place.term.group.languages
        and following is not None
        and following.bare not in words.things
        and following.word not in _CONJUNCTIONS
    )


def _described_before(place: Place) -> int | None:
    """Where the person is in 'male, black', 'female 30s Polish'."""
    words, tokens = place.lexicon.table.words, place.tokens
    for at in range(place.first, max(0, place.first - _MOST_BETWEEN), -1):
        before = tokens[at - 1]
        if tokens[at].gap is Gap.STOP:
            return None
        if before.word in words.person:
            return at - 1
        if not _describes(place, before):
            return None
    return None


def _after_verb(place: Place) -> tuple[int, int] | None:
    """'He was black', 'both looked Polish', 'appears to be Somali'; not 'his hoodie was black'."""
    words, tokens = place.lexicon.table.words, place.tokens
    at = place.first
    while at > 0 and tokens[at].gap is not Gap.STOP and tokens[at - 1].word in words.adverb:
        at -= 1
    verb = at - 1
    supposed = any(token.word in _SUPPOSED for token in tokens[at : place.first])
    if verb >= 0 and supposed and tokens[verb].word in words.person:
        return verb, place.end
    if verb < 0 or tokens[at].gap is Gap.STOP or tokens[verb].word not in words.verb:
        return None
    while verb > 0 and tokens[verb - 1].word in words.verb | words.adverb and tokens[verb].gap is not Gap.STOP:
        verb -= 1
    if verb == 0 or tokens[verb].gap is Gap.STOP or tokens[verb - 1].word in _CONTINUING:
        stated = tokens[verb].bare in words.pronoun or tokens[verb].word not in _BEING
        return (verb, place.end) if stated else None
    if tokens[verb].bare in words.pronoun:
        return verb, place.end
    subject = verb - 1
    while subject > 0 and _is_age(tokens[subject]):
        subject -= 1
    if tokens[subject].bare in words.things:
        subject = _wearer_before(place, subject)
    word = tokens[subject].word
    return (subject, place.end) if word in words.person or word in words.pronoun else None


def _wearer_before(place: Place, thing: int) -> int:
    """In 'the guy with the red hat was', the subject is the guy; in 'his hat was', it is the hat."""
    words = place.lexicon.table.words
    at = thing - 1
    while at > 0 and place.tokens[at].word in words.colour | words.article:
        at -= 1
    return at - 1 if at > 0 and place.tokens[at].word in _BEARING else thing


def _after_marker(place: Place) -> tuple[int, int] | None:
    """'Ethnicity: white', 'race was black'."""
    at = place.first - 1
    if at > 0 and place.tokens[at].word in _LINKS:
        at -= 1
    if at < 0 or place.tokens[at].word not in place.lexicon.table.words.marker_before:
        return None
    return at, place.end


def _counted(place: Place) -> tuple[int, int] | None:
    """'Two blacks ran out.'"""
    word = place.tokens[place.end - 1].word
    before = place.token(place.first - 1)
    if not word.endswith("s") or before is None or before.word not in place.lexicon.table.words.quantity:
        return None
    return place.first - 1, place.end


def _measured(place: Place) -> tuple[int, int] | None:
    """'Black, 6 foot 2': a description that begins with the term and goes on with a height."""
    begins = place.first == 0 or place.tokens[place.first].gap is Gap.STOP
    number, unit = place.token(place.end), place.token(place.end + 1)
    if begins and number and unit and number.gap is Gap.PAUSE and number.word[:1].isdecimal() and unit.word in _HEIGHTS:
        return place.first, place.end
    return None
