"""What is wrong with a query, in words for its author."""


class QueryError(Exception):
    """The query cannot be understood or bound."""


def near(token: object) -> QueryError:
    return QueryError(f"Syntax error, incorrect syntax near '{token}'.")
