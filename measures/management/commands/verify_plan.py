from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from measures.loading import cells
from measures.loading.cell_words import who_and_when
from measures.loading.verification import verify
from measures.models import SourceText
from targets.models.plan import Keeper


class Command(BaseCommand):
    help = (
        "核对库中记录：原文未动、章节逐字相合、引文与数字各有出处、基期值与原文一致、数目相符，"
        "并逐格与规划的文件夹比较，另列工作人员改动。"
    )

    def add_arguments(self, parser):
        parser.add_argument("codes", nargs="*", metavar="规划代码", help="不写即核对库中所有规划")
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            help="规划的文件夹，默认 fixtures/ 下与规划代码同名的；只能用于一个规划",
        )

    def handle(self, *args, codes, folder, **options):
        sources = SourceText.objects.of_all_plans().order_by("plan")
        sources = sources.select_related("plan__top_area", "plan__document")
        if not sources:
            raise CommandError("数据库中没有规划，请先运行：python manage.py load_plan")
        if unknown := sorted({*codes} - {source.plan_id for source in sources}):
            raise CommandError(f"数据库中没有规划 {'、'.join(unknown)}，请核对代码。")
        chosen = [source for source in sources if not codes or source.plan_id in codes]
        if folder and len(chosen) > 1:
            raise CommandError("--from 只能用于一个规划，请写明规划代码。")
        faults = [fault for source in chosen for fault in self.report(source, folder)]
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
        yield from self.report_cells(source, folder or settings.BASE_DIR / "fixtures" / source.plan_id)

    def report_cells(self, source, folder):
        if handed_over := _handing_over(source.plan):
            who = who_and_when(handed_over)
            self.stdout.write(f"  维护方式：后台（{who}），没有文件夹，只与原文核对")
            return
        if not folder.is_dir():
            self.stdout.write(f"  没有文件夹 {folder}，只与原文核对；文件夹在别处的，请用 --from 指明")
            return
        report = cells.compare(source, folder)
        self.report_check("每一格与注解文件一致", report.faults)
        yield from report.faults
        if report.staff_changes:
            self.stdout.write(f"工作人员改动 {len(report.staff_changes)} 处，不算有误：")
            for change in report.staff_changes:
                self.stdout.write(f"  {change}")

    def report_check(self, name, faults):
        self.stdout.write(f"  {name}：{'无误' if not faults else f'{len(faults)} 处有误'}")


def _handing_over(plan):
    """The line of the history since which the desk keeps the plan; what no line tells is a changed cell."""
    if plan.keeper != Keeper.DESK:
        return None
    lines = plan.history.filter(keeper=Keeper.DESK).select_related("history_user")
    return lines.order_by("history_id").first()
