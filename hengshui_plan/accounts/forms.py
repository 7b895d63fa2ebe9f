from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from targets.desk.staff_forms import StaffForm


class AccountMeta:
    labels = {"last_name": "姓名", "is_superuser": "超级管理员", "groups": "角色"}
    widgets = {"groups": forms.CheckboxSelectMultiple}
    help_texts = {
        "is_active": "不再使用的账号取消勾选即停用，不删除；停用后立即不能登录，经办过的记录保留。",
        "is_superuser": "管理账号，并有全部角色的权限。",
        "groups": "可兼任；填报和审核同一条数据须是两个人。",
    }


class RolesForm(StaffForm):
    def choices_of(self, name, rows):
        """Roles are of no plan."""
        return rows


class AccountForm(RolesForm, UserChangeForm):
    class Meta(AccountMeta, UserChangeForm.Meta):
        pass


class NewAccountForm(RolesForm, UserCreationForm):
    class Meta(AccountMeta, UserCreationForm.Meta):
        pass

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.is_staff = True


class NewPasswordForm(AdminPasswordChangeForm):
    """Without the choice of no password: an account out of use is deactivated."""

    def __init__(self, user, *args, **kwargs):
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        self.fields["password1"].required = self.fields["password2"].required = True
