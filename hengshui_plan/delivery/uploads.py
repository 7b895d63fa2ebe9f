"""How an upload comes in."""

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class CappedUploadHandler(TemporaryFileUploadHandler):
    """What comes beyond the limit is counted, so that its refusal can name the size, and not kept."""

    def receive_data_chunk(self, raw_data, start):
        if start <= settings.UPLOAD_MAX_MB * 2**20:
            super().receive_data_chunk(raw_data, start)
