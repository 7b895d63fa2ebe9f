from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from targets import tracking


class TargetsConfig(AppConfig):
    name = "targets"
    verbose_name = "目标与指标"

    def ready(self):
        pre_migrate.connect(tracking.remove_before_migrating, sender=self)
        post_migrate.connect(tracking.install_after_migrating, sender=self)
