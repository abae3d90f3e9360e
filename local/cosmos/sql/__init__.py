"""The query language of Cosmos DB: text to syntax tree, tree to closures over Python values, WHERE to a SQLite filter.

The closures decide: they know undefined from null, and that values of different types never compare. The filter only
saves them work: it lets every match through, and whatever else SQL cannot tell from one.
"""
