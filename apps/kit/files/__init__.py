"""Files: in a local folder, in S3 or MinIO, or in memory; with addresses for the outside."""

from kit.files.errors import FileMissing, FilesError, FilesUnavailable, InvalidName, InvalidStore
from kit.files.links import Links
from kit.files.module import files_module
from kit.files.port import Files, StoredFile
from kit.files.settings import FileSettings
from kit.files.stored import ObjectFiles, open_files

__all__ = [
    "FileMissing",
    "FileSettings",
    "Files",
    "FilesError",
    "FilesUnavailable",
    "InvalidName",
    "InvalidStore",
    "Links",
    "ObjectFiles",
    "StoredFile",
    "files_module",
    "open_files",
]
