"""Publishing turns measurements into executed notebooks, a ledger of claims and a book."""
