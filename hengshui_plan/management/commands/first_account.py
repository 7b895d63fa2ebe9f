from itertools import chain, count

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from hengshui_plan.accounts import passwords, rights


class Command(BaseCommand):
    help = "没有可用的后台账号时新建一个，口令只显示这一次；并列出各处网址。"

    def add_arguments(self, parser):
        parser.add_argument("--address", default="127.0.0.1:8000", help="主机和端口，默认 127.0.0.1:8000")

    def handle(self, *args, address, **options):
        users = get_user_model().objects
        if users.filter(is_staff=True, is_active=True).exists():
            self.stdout.write("已有后台账号。忘记口令时请运行：python manage.py changepassword 用户名")
        else:
            username, password = free_username(), passwords.make()
            rights.record_change(users.create_superuser(username, password=password), before=None)
            self.stdout.write(f"已新建后台账号 {username}，口令 {password}")
            self.stdout.write("口令只显示这一次，请记下；登录后台后可以修改。")
        self.stdout.write(f"页面 http://{address}/")
        self.stdout.write(f"后台 http://{address}/admin/")
        self.stdout.write(f"接口 http://{address}/api/v1/")


def free_username() -> str:
    """`admin`, or `admin2`, `admin3` … where an inactive account has that name."""
    taken = set(get_user_model().objects.values_list("username", flat=True))
    names = chain(["admin"], (f"admin{number}" for number in count(2)))
    return next(name for name in names if name not in taken)
