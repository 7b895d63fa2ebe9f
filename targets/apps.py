from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from targets.records import change_triggers


class TargetsConfig(AppConfig):
    name = "targets"
    verbose_name = "目标与指标"

    def ready(self):
        pre_migrate.connect(change_triggers.remove_before_migrating, sender=self)
        post_migrate.connect(change_triggers.install_after_migrating, sender=self)
