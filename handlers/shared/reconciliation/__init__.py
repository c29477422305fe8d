"""Whether all books say the same of an order: our own, the payment provider's and the carrier's.

`listing` finds what there is to compare, in every book; `reading` reads the `books` of one order; `money`, `goods`,
`sent_back` and `records` hold them against each other, and each `difference` becomes one of the `issues`, for a person.
"""
