from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from measures.loading.export import export
from targets.models import Plan


class Command(BaseCommand):
    help = "把一个规划写成文件夹，供 load_plan 在别处载入；不含账号和填报。"

    def add_arguments(self, parser):
        parser.add_argument("code", metavar="规划代码")
        parser.add_argument("--to", dest="folder", type=Path, required=True, help="空文件夹，没有的会新建")

    def handle(self, *args, code, folder, **options):
        plan = Plan.objects.filter(code=code, source_text__isnull=False).first()
        if plan is None:
            raise CommandError(f"数据库中没有规划 {code}，或它还没有原文，不能导出；请核对代码。")
        if plan.is_demo:
            raise CommandError(f"规划 {code} 是演示数据，不能导出。")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} 里已有文件，请换一个空文件夹。")
        export(plan, folder)
        self.stdout.write(f"已把规划 {code} 写入 {folder}。")
