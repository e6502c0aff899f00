"""The two places where text becomes markup: escaped, and bounded in length."""
