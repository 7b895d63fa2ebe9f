"""What the public could see become another."""

from rest_framework import serializers

from targets.lists.filters import CHANGED
from targets.models import PublicChange

LABELS = dict(CHANGED)


class ChangeSerializer(serializers.ModelSerializer):
    revision = serializers.IntegerField(label="数据版次")
    at = serializers.DateTimeField(label="时间")
    type = serializers.ChoiceField(CHANGED, label="记录种类")
    type_label = serializers.SerializerMethodField(label="记录种类（中文）")
    code = serializers.CharField(
        label="记录代码",
        help_text="没有自己代码的记录，为各项代码用 / 相连，如 observation 为 指标/县市区/报告期",
    )
    deleted = serializers.BooleanField(
        source="is_deleted", label="是否已不公开", help_text="true 为已删除或已由更正代替"
    )

    class Meta:
        model = PublicChange
        fields = ["revision", "type", "type_label", "code", "deleted", "at"]

    def get_type_label(self, change: PublicChange) -> str:
        return LABELS[change.type]
