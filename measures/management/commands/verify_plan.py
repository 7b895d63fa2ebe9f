from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from measures.loading import cells
from measures.loading.verification import verify
from measures.models import SourceText


class Command(BaseCommand):
    help = (
        "核对库中记录：原文未动、章节逐字相合、引文与数字各有出处、基期值与原文一致、数目相符，"
        "并逐格与注解文件比较，另列工作人员改动。"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            default=settings.BASE_DIR / "fixtures" / "sti-13",
            help="注解文件所在目录，默认 fixtures/sti-13/",
        )

    def handle(self, *args, folder, **options):
        sources = SourceText.objects.select_related("plan")
        if not sources:
            raise CommandError("数据库中没有规划，请先运行：python manage.py load_plan")
        faults = [fault for source in sources for fault in self.report(source, folder)]
        if faults:
            # A fault may quote line breaks of the text.
            lines = [fault.replace("\n", "\\n") for fault in faults]
            raise CommandError("\n".join([*lines, f"共 {len(lines)} 处有误。"]))
        self.stdout.write("核对无误。")

    def report(self, source, folder):
        self.stdout.write(f"{source.plan}（{len(source.text)} 字，SHA-256 {source.sha256}）")
        for name, faults in verify(source):
            self.report_check(name, faults)
            yield from faults
        report = cells.compare(source, folder)
        self.report_check("每一格与注解文件一致", report.faults)
        yield from report.faults
        if report.staff_changes:
            self.stdout.write(f"工作人员改动 {len(report.staff_changes)} 处，不算有误：")
            for change in report.staff_changes:
                self.stdout.write(f"  {change}")

    def report_check(self, name, faults):
        self.stdout.write(f"  {name}：{'无误' if not faults else f'{len(faults)} 处有误'}")
