from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from hengshui_plan.demo import loader
from measures.loading.annotations import PlanFileError
from targets.models import Assessment, Observation, Target


class Command(BaseCommand):
    help = "在 DATABASE_URL 所指的库中装入演示数据和各角色的账号；库中有真实填报的，拒绝装入。"

    def handle(self, *args, **options):
        if Path(connection.settings_dict["NAME"]).resolve() == settings.VAR_DIR / "plan.sqlite3":
            raise CommandError(
                "var/plan.sqlite3 是正式库，不装入演示数据。"
                "请用 DATABASE_URL 另指一个库，如 DATABASE_URL=sqlite:///var/demo.sqlite3。"
            )
        try:
            passwords = loader.load(settings.BASE_DIR / "fixtures" / "sti-13")
        except (loader.RealDataError, PlanFileError) as error:
            raise CommandError(str(error)) from error
        if not passwords:
            self.stdout.write("演示数据已在库中，未作改动，各账号口令不变。")
            self.stdout.write("忘记口令时请运行：python manage.py changepassword 用户名")
            return
        counts = (f"{m._meta.verbose_name} {m.objects.count()} 条" for m in (Target, Observation, Assessment))
        self.stdout.write(f"已装入演示数据：{'，'.join(counts)}。")
        self.stdout.write("各角色的账号和口令，口令只显示这一次，请记下：")
        names = {username: name for username, name, _ in loader.ACCOUNTS}
        for username, password in passwords.items():
            self.stdout.write(f"  {username}（{names[username]}） {password}")
