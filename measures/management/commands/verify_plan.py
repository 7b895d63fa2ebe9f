from django.core.management.base import BaseCommand, CommandError

from measures.loading.verification import verify
from measures.models import SourceText


class Command(BaseCommand):
    help = "只凭数据库核对：原文未动、章节逐字相合、引文与数字各有出处、基期值与原文一致、数目相符。"

    def handle(self, *args, **options):
        sources = SourceText.objects.select_related("plan")
        if not sources:
            raise CommandError("数据库中没有规划，请先运行：python manage.py load_plan")
        faults = [fault for source in sources for fault in self.report(source)]
        if faults:
            raise CommandError("\n".join([*faults, f"共 {len(faults)} 处有误。"]))
        self.stdout.write("核对无误。")

    def report(self, source):
        self.stdout.write(f"{source.plan}（{len(source.text)} 字，SHA-256 {source.sha256}）")
        for name, faults in verify(source):
            self.stdout.write(f"  {name}：{'无误' if not faults else f'{len(faults)} 处有误'}")
            yield from faults
