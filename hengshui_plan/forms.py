from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from hengshui_plan.search import CHOICES
from targets.forms import StaffForm

LABELS = {"last_name": "姓名", "is_superuser": "超级管理员", "groups": "角色"}
WIDGETS = {"groups": forms.CheckboxSelectMultiple}
HELP = {
    "is_active": "不再使用的账号取消勾选即停用，不删除；停用后立即不能登录，经办过的记录保留。",
    "is_superuser": "管理账号，并有全部角色的权限。",
    "groups": "可兼任；填报和审核同一条数据须是两个人。",
}


class SearchForm(forms.Form):
    """What is looked for, and in which kind of record alone."""

    q = forms.CharField(
        label="搜索词",
        max_length=50,
        required=False,
        error_messages={"max_length": "太长，请不超过 50 字，取其中两三个词来找。"},
    )
    q.validators[-1].message = "含有看不见的字符，请删去。"
    kind = forms.ChoiceField(label="类别", choices=CHOICES, required=False)

    @property
    def query(self) -> str:
        return self.cleaned_data.get("q", "")

    @property
    def is_blank(self) -> bool:
        """Something was typed, but nothing that can be looked for."""
        return self.is_valid() and not self.query and bool(self.data.get("q"))

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400


class AccountForm(StaffForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        labels = LABELS
        help_texts = HELP
        widgets = WIDGETS


class NewAccountForm(StaffForm, UserCreationForm):
    """Whoever gets an account works at the desk."""

    class Meta(UserCreationForm.Meta):
        labels = LABELS
        help_texts = HELP
        widgets = WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.is_staff = True


class NewPasswordForm(AdminPasswordChangeForm):
    """Without Django's choice to have no password: an account that is not to be used is deactivated."""

    def __init__(self, user, *args, **kwargs):
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        self.fields["password1"].required = self.fields["password2"].required = True
