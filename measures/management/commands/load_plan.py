from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from measures.loading import loader
from measures.loading.annotations import PlanFileError

OUTCOMES = {"created": "新增", "changed": "更改", "removed": "删去", "left": "未变"}


class Command(BaseCommand):
    help = "载入规划原文和经核定的注解；可反复运行，不触动工作人员填写的内容。"

    def add_arguments(self, parser):
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            default=settings.BASE_DIR / "fixtures" / "sti-13",
            help="注解文件所在目录，默认 fixtures/sti-13/",
        )

    def handle(self, *args, folder, **options):
        try:
            summary = loader.load(folder)
        except PlanFileError as error:
            raise CommandError(
                "\n".join([*error.faults, f"共 {len(error.faults)} 处不合，未作任何改动。"])
            ) from error
        for name, counts in summary.counts.items():
            numbers = "，".join(f"{label} {counts[outcome]}" for outcome, label in OUTCOMES.items())
            self.stdout.write(f"{name}：{numbers}")
        for detail in summary.details:
            self.stdout.write(detail)
