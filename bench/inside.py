"""Runs a module of the bench that needs Django, set up as the product is: python bench/inside.py MODULE …

Prints, as JSON, what the module's `main` gives for the arguments that follow.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

# In front of this folder: what stands there is the product's.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")

import django

django.setup()

_, module, *arguments = sys.argv
print(json.dumps(import_module(module).main(arguments)))
