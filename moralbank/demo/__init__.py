"""The demo district: a place at the source's scale and a quarter of its life, made up throughout.

Everything in it goes through the operations that people use; nothing writes rows of its own. Names
are generated; the roster's people do not exist.
"""
