"""The files of evidence, kept where no web server looks."""

import hashlib
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile

from targets.models import EvidenceFile
from targets.review.value_rules import words
from targets.spreadsheets import file_types

logger = logging.getLogger(__name__)

MEGABYTE = 2**20
NAME_LENGTH: int = EvidenceFile._meta.get_field("name").max_length  # type: ignore[assignment]  # not None


@contextmanager
def storing() -> Iterator[Callable[[UploadedFile], EvidenceFile]]:
    """Yield a function that stores a file and raises ValidationError at the field `file`.

    If the block fails, its files are deleted. The block holds the whole transaction.
    """
    kept: list[EvidenceFile] = []

    def store(upload: UploadedFile) -> EvidenceFile:
        file = _looked_at(upload)
        kept.append(file)
        try:
            _storage().save(file.pk.hex, upload)
        except OSError as fault:
            logger.exception("a file of evidence could not be kept")
            raise _at_field("服务器没能存下文件，请告知管理员查看存放证明材料的目录。") from fault
        file.save()
        return file

    try:
        yield store
    except BaseException:
        for file in kept:
            _take_away(file)
        raise


def opened(file: EvidenceFile) -> File | None:
    try:
        return _storage().open(file.pk.hex)
    except OSError:
        logger.exception("the file of evidence %s cannot be opened", file.pk.hex)
        return None


def _take_away(file: EvidenceFile):
    try:
        _storage().delete(file.pk.hex)
    except OSError:
        logger.exception("the file of evidence %s belongs to no row and could not be deleted", file.pk.hex)


def _storage() -> FileSystemStorage:
    return FileSystemStorage(
        settings.EVIDENCE_DIR, file_permissions_mode=0o600, directory_permissions_mode=0o700
    )


def _looked_at(upload) -> EvidenceFile:
    if not upload.size:
        raise _at_field("文件是空的，请核对后重新选择。")
    if upload.size > settings.UPLOAD_MAX_MB * MEGABYTE:
        size = math.ceil(10 * upload.size / MEGABYTE) / 10
        raise _at_field(
            f"文件有 {size} MB，超过 {settings.UPLOAD_MAX_MB} MB 的上限。请压缩或拆分后再传，或者只填链接。"
        )
    try:
        name, kind = " ".join(words(upload.name).split()), file_types.kind_of(upload)
    except ValidationError as fault:
        raise _at_field(fault.messages[0]) from fault
    except file_types.NotTaken as fault:
        raise _at_field(fault.sentence) from fault
    ending = PurePath(name).suffix
    if ending.lower() not in file_types.ENDINGS[kind]:
        right = file_types.ENDINGS[kind][0]
        raise _at_field(
            f"文件的内容是 {kind}，名称却{f'以“{ending}”结尾' if ending else '没有扩展名'}。"
            f"请核对是否选错；没有选错的，请把扩展名改为“{right}”后再传。"
        )
    upload.seek(0)
    return EvidenceFile(
        name=name[: NAME_LENGTH - len(ending)].removesuffix(ending) + ending,
        kind=kind,
        size=upload.size,
        sha256=hashlib.file_digest(upload.file, "sha256").hexdigest(),
    )


def _at_field(sentence: str) -> ValidationError:
    return ValidationError({"file": sentence})
