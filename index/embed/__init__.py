"""Embedding models behind the one protocol `index.types.Embedder`."""
