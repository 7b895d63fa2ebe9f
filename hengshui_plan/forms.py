from django import forms


class SearchForm(forms.Form):
    q = forms.CharField(label="搜索", max_length=50, required=False)
