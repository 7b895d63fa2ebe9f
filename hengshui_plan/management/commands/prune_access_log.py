from django.conf import settings
from django.core.management.base import BaseCommand

from targets.models import AccessEntry


class Command(BaseCommand):
    help = "删去超过保存期限（ACCESS_LOG_DAYS，不少于 180 天）的访问日志。"

    def handle(self, *args, **options):
        # The age of a password is read from the log.
        days = max(settings.ACCESS_LOG_DAYS, settings.PASSWORD_NOTICE_DAYS)
        count = AccessEntry.objects.prune(days)
        self.stdout.write(f"已删去 {days} 天以前的访问日志 {count} 条。")
