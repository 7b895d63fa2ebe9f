"""Prints the result of a module's `main` with Django set up, as JSON: python bench/inside.py MODULE …"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

# Before the folder of the bench: modules of the product win.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")

import django

django.setup()

_, module, *arguments = sys.argv
print(json.dumps(import_module(module).main(arguments)))
