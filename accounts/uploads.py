"""Uploads are cut off while they stream in, not after they filled the disk (T36)."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUploadHandler(FileUploadHandler):
    """Counts the bytes of one request's files and refuses the request past the limit."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        self._received = getattr(self, "_received", 0)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > settings.MAX_UPLOAD_BYTES:
            megabytes = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise RequestDataTooBig(f"The upload is larger than {megabytes} MB.")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
