"""Tokens to the syntax tree, by recursive descent: one method a level of precedence."""

from functools import lru_cache

from local.cosmos.sql import syntax
from local.cosmos.sql.errors import QueryError, near
from local.cosmos.sql.lexer import Token, tokens
from local.cosmos.sql.syntax import Expression
from local.cosmos.sql.values import UNDEFINED

AGGREGATES = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX"})
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None, "UNDEFINED": UNDEFINED}
_KEYWORDS_THAT_MAY_BE_NAMES = frozenset({"VALUE", "ORDER", "GROUP", "TOP", "LIMIT", "OFFSET"})
_COMPARISONS = ("=", "!=", "<>", "<", ">", "<=", ">=")


@lru_cache(512)
def parse(text: str) -> syntax.Query:
    parser = _Parser(tokens(text))
    try:
        query = parser.query()
    except RecursionError:
        raise QueryError("The query is nested too deeply.") from None
    parser.end()
    return query


class _Cursor:
    """The tokens, and how far they have been read."""

    def __init__(self, read: list[Token]) -> None:
        self._tokens, self._at = read, 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def advance(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._at += 1
        return token

    def sees(self, *values: str) -> bool:
        return self.token.kind in {"keyword", "symbol"} and self.token.value in values

    def take(self, *values: str) -> str | None:
        return self.advance().value if self.sees(*values) else None

    def need(self, value: str) -> None:
        if not self.take(value):
            raise near(self.token.text)

    def name(self) -> str:
        if self.token.kind not in {"name", "keyword"}:
            raise near(self.token.text)
        return self.advance().text

    def end(self) -> None:
        if self.token.kind != "end":
            raise near(self.token.text)


class _Expressions(_Cursor):
    def expression(self) -> Expression:
        value = self._or()
        if self.take("??"):
            return syntax.Coalesce(value, self.expression())
        if self.take("?"):
            then = self.expression()
            self.need(":")
            return syntax.Conditional(value, then, self.expression())
        return value

    def expressions(self) -> tuple[Expression, ...]:
        found = [self.expression()]
        while self.take(","):
            found.append(self.expression())
        return tuple(found)

    def query(self) -> syntax.Query:
        raise NotImplementedError

    def _or(self) -> Expression:
        parts = [self._and()]
        while self.take("OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else syntax.Or(tuple(parts))

    def _and(self) -> Expression:
        parts = [self._not()]
        while self.take("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else syntax.And(tuple(parts))

    def _not(self) -> Expression:
        return syntax.Not(self._not()) if self.take("NOT") else self._comparison()

    def _comparison(self) -> Expression:
        value = self._concatenation()
        while True:
            if operator := self.take(*_COMPARISONS):
                value = syntax.Comparison("!=" if operator == "<>" else operator, value, self._concatenation())
                continue
            negated = self.sees("NOT") and self.following.value in {"IN", "BETWEEN", "LIKE"}
            if negated:
                self.advance()
            tested = self._test(value)
            if tested is None:
                return value
            value = syntax.Not(tested) if negated else tested

    def _test(self, value: Expression) -> Expression | None:
        """IN, BETWEEN or LIKE, if one of them follows."""
        if self.take("IN"):
            self.need("(")
            options = self.expressions()
            self.need(")")
            return syntax.Membership(value, options)
        if self.take("BETWEEN"):
            low = self._concatenation()
            self.need("AND")
            high = self._concatenation()
            return syntax.And((syntax.Comparison(">=", value, low), syntax.Comparison("<=", value, high)))
        if self.take("LIKE"):
            pattern = self._concatenation()
            return syntax.Like(value, pattern, self._concatenation() if self.take("ESCAPE") else None)
        return None

    def _concatenation(self) -> Expression:
        value = self._sum()
        while operator := self.take("||", "|", "&", "^"):
            value = syntax.Arithmetic(operator, value, self._sum())
        return value

    def _sum(self) -> Expression:
        value = self._product()
        while operator := self.take("+", "-"):
            value = syntax.Arithmetic(operator, value, self._product())
        return value

    def _product(self) -> Expression:
        value = self._sign()
        while operator := self.take("*", "/", "%"):
            value = syntax.Arithmetic(operator, value, self._sign())
        return value

    def _sign(self) -> Expression:
        if self.take("-"):
            return syntax.Negation(self._sign())
        return self._sign() if self.take("+") else self.member()

    def member(self) -> Expression:
        value = self.primary()
        while True:
            if self.take("."):
                value = syntax.Member(value, self.name())
            elif self.take("["):
                value = _indexed(value, self.expression())
                self.need("]")
            else:
                return value

    def primary(self) -> Expression:
        token = self.advance()
        match token.kind:
            case "number" | "string":
                return syntax.Constant(token.value)
            case "parameter":
                return syntax.Parameter(token.value)
            case "name":
                return self._call(token.value) if self.take("(") else syntax.Name(token.value)
            case "keyword":
                return self._keyword(token)
            case "symbol":
                return self._bracketed(token)
        raise near(token.text)

    def _keyword(self, token: Token) -> Expression:
        if token.value in _CONSTANTS:
            return syntax.Constant(_CONSTANTS[token.value])
        if token.value in {"EXISTS", "ARRAY"} and self.take("("):
            query = self.query()
            self.need(")")
            return syntax.Subquery("exists" if token.value == "EXISTS" else "array", query)
        if token.value in _KEYWORDS_THAT_MAY_BE_NAMES:
            return syntax.Name(token.text)
        raise near(token.text)

    def _call(self, name: str) -> Expression:
        function = name.upper()
        arguments: tuple[Expression, ...] = ()
        if function == "COUNT" and self.take("*"):
            arguments = (syntax.Constant(1),)
        elif not self.sees(")"):
            arguments = self.expressions()
        self.need(")")
        if function not in AGGREGATES:
            return syntax.Call(function, arguments)
        if len(arguments) != 1:
            raise QueryError(f"The {function} function requires 1 argument.")
        return syntax.Aggregate(function, arguments[0])

    def _bracketed(self, opening: Token) -> Expression:
        match opening.value:
            case "(":
                value = syntax.Subquery("scalar", self.query()) if self.sees("SELECT") else self.expression()
                self.need(")")
                return value
            case "[":
                items = () if self.sees("]") else self.expressions()
                self.need("]")
                return syntax.ArrayLiteral(items)
            case "{":
                return self._object()
        raise near(opening.text)

    def _object(self) -> Expression:
        members: list[tuple[str, Expression]] = []
        while not self.sees("}"):
            key = self.advance()
            if key.kind not in {"name", "keyword", "string"}:
                raise near(key.text)
            self.need(":")
            members.append((key.value if key.kind == "string" else key.text, self.expression()))
            if not self.take(","):
                break
        self.need("}")
        return syntax.ObjectLiteral(tuple(members))


class _Parser(_Expressions):
    def query(self) -> syntax.Query:
        self.need("SELECT")
        distinct = bool(self.take("DISTINCT"))
        top = self.primary() if self.take("TOP") else None
        distinct = distinct or bool(self.take("DISTINCT"))
        select_value = bool(self.take("VALUE"))
        select_all = not select_value and bool(self.take("*"))
        items = () if select_all else self._items(only_one=select_value)
        source = self._source() if self.take("FROM") else None
        joins = self._joins() if source else ()
        where = self.expression() if self.take("WHERE") else None
        group = self._group()
        order = self._order()
        offset, limit = self._window()
        return syntax.Query(
            distinct, top, select_value, select_all, items, source, joins, where, group, order, offset, limit
        )

    def _items(self, *, only_one: bool) -> tuple[syntax.Item, ...]:
        if only_one:
            return (syntax.Item(self.expression(), None),)
        found = [self._item()]
        while self.take(","):
            found.append(self._item())
        return tuple(found)

    def _item(self) -> syntax.Item:
        return syntax.Item(self.expression(), self._alias())

    def _alias(self) -> str | None:
        return self.name() if self.take("AS") or self.token.kind == "name" else None

    def _joins(self) -> tuple[syntax.Source, ...]:
        found = []
        while self.take("JOIN"):
            found.append(self._source())
        return tuple(found)

    def _source(self) -> syntax.Source:
        if self.sees("("):
            subquery = self.primary()
            return syntax.Source(self._alias(), True, subquery)
        if self.token.kind == "name" and self.following.value == "IN":
            alias = self.name()
            self.need("IN")
            return syntax.Source(alias, True, self.member())
        expression = self.member()
        return syntax.Source(self._alias() or syntax.leaf(expression), False, expression)

    def _group(self) -> tuple[Expression, ...]:
        if not self.take("GROUP"):
            return ()
        self.need("BY")
        return self.expressions()

    def _order(self) -> tuple[syntax.Ordering, ...]:
        if not self.take("ORDER"):
            return ()
        self.need("BY")
        found = [self._ordering()]
        while self.take(","):
            found.append(self._ordering())
        return tuple(found)

    def _ordering(self) -> syntax.Ordering:
        expression = self.expression()
        return syntax.Ordering(expression, self.take("ASC", "DESC") == "DESC")

    def _window(self) -> tuple[Expression | None, Expression | None]:
        if not self.take("OFFSET"):
            return None, None
        offset = self.primary()
        self.need("LIMIT")
        return offset, self.primary()


def _indexed(base: Expression, key: Expression) -> Expression:
    match key:
        case syntax.Constant(str(name)):
            return syntax.Member(base, name)
        case syntax.Constant(int(position)) if not isinstance(position, bool):
            return syntax.Member(base, position)
    return syntax.Index(base, key)
