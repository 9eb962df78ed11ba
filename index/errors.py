"""Every error a caller may see.

WartaError
├── SettingsError            a setting is unknown, missing or out of range
│   └── NamesError             partners.txt cannot be understood
├── InterestError            what somebody wrote cannot be followed (index/interests)
├── SourceError              a location cannot be read at all (index/sources: FormatError, FetchError and its two kinds)
├── ExtractError             a page was read but holds no article
├── StoreError               the database cannot do what was asked
│   ├── StoreBusyError         another process holds it; try again
│   └── StoreVersionError      it was written by a newer version
├── VectorIndexError         the vector index cannot be used
│   ├── IndexCorruptError      its files are damaged; it can be rebuilt
│   └── ModelMismatchError     its vectors come from another model
├── BackupError              a backup cannot be written, or a file is none that could be put back
├── EmbedderError            the embedding model cannot be built or loaded
│   └── ModelMissingError      it is not on this machine
└── EvaluationError          an evaluation set is malformed

Each message says what was wrong, where, and what to do next, in one line.
"""

from __future__ import annotations


class WartaError(Exception):
    """Base of all errors that are shown to a person as one line."""


class SettingsError(WartaError):
    """A setting is unknown, missing or out of range; the message names it."""


class NamesError(SettingsError):
    """The file of partners' names cannot be understood; the message names the line."""


class SourceError(WartaError):
    """A location cannot be read; permanent until somebody changes something."""


class ExtractError(WartaError):
    """A page was read but holds no article."""


class StoreError(WartaError):
    """The database cannot do what was asked."""


class StoreBusyError(StoreError):
    """Another process holds the write lock for too long; nothing was written."""


class StoreVersionError(StoreError):
    """The database was written by a newer version of this program."""


class VectorIndexError(WartaError):
    """The vector index cannot be used."""


class IndexCorruptError(VectorIndexError):
    """Files of the vector index are damaged; they can be rebuilt from the store."""


class ModelMismatchError(VectorIndexError):
    """The stored vectors come from another embedding model."""


class BackupError(WartaError):
    """A backup cannot be written, or a file is none that could be put back."""


class EmbedderError(WartaError):
    """The embedding model cannot be built or loaded."""


class ModelMissingError(EmbedderError):
    """A model is not on this machine, or not all of it."""


class EvaluationError(WartaError):
    """An evaluation set is malformed; the message names file and line."""
