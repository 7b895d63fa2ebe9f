from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from measures.loading import loader
from measures.loading.annotations import PlanFileError

SHIPPED = "sti-13"
OUTCOMES = {"created": "新增", "changed": "更改", "removed": "删去", "left": "未变"}


class Command(BaseCommand):
    help = "载入规划原文和经核定的注解；可反复运行，不触动工作人员填写的内容，也不触动别的规划。"

    def add_arguments(self, parser):
        parser.add_argument(
            "folders",
            nargs="*",
            default=[SHIPPED],
            metavar="文件夹",
            help=f"规划的文件夹，或 fixtures/ 下的名字；不写即 {SHIPPED}",
        )

    def handle(self, *args, folders, **options):
        for folder in folders:
            try:
                summary = loader.load(found(folder))
            except PlanFileError as error:
                raise CommandError(
                    "\n".join([*error.faults, f"共 {len(error.faults)} 处不合，未作任何改动。"])
                ) from error
            if len(folders) > 1:
                self.stdout.write(f"{folder}：")
            self.report(summary)

    def report(self, summary):
        for name, counts in summary.counts.items():
            numbers = "，".join(f"{label} {counts[outcome]}" for outcome, label in OUTCOMES.items())
            self.stdout.write(f"{name}：{numbers}")
        for detail in summary.details:
            self.stdout.write(detail)


def found(folder: str | Path) -> Path:
    """A name stands for a folder below `fixtures/`."""
    places = Path(folder), settings.BASE_DIR / "fixtures" / folder
    for place in places:
        if place.is_dir():
            return place
    raise CommandError(f"没有文件夹 {folder}，fixtures/ 下也没有；请核对路径。")
