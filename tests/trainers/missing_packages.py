"""Stand-ins for packages that a trainer imports and that have no part in reading data.

A trainer's loader imports the whole trainer, GPU kernels and all. Packages that are not installed
become empty modules; what is installed is never replaced.
"""

import importlib.abc
import importlib.machinery
import sys
import types

# These look for optional packages themselves, so they are imported before anything is stood in for.
import accelerate  # noqa: F401
import datasets  # noqa: F401
import pandas  # noqa: F401
import peft  # noqa: F401
import requests  # noqa: F401
import torch  # noqa: F401
import transformers  # noqa: F401
from trl import DPOTrainer, KTOTrainer, RewardTrainer, SFTTrainer  # noqa: F401

TRAINERS = {"llamafactory", "swift", "openrlhf", "axolotl"}
LOOKED_FOR = {"pytz", "msvcrt", "simplejson", "chardet", "brotli", "brotlicffi", "zstandard", "tabulate", "wcwidth"}


class Anything:
    """Stands for a class, a function or a decorator of a package that is not there."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class EmptyModule(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Anything,), {})


class EmptyModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        known = TRAINERS | LOOKED_FOR | sys.stdlib_module_names
        if top in known or top.startswith("_"):
            return None
        if top not in self.names and importlib.machinery.PathFinder.find_spec(top) is not None:
            return None
        self.names.add(top)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return EmptyModule(spec.name)

    def exec_module(self, module):
        pass


empty = EmptyModules()
sys.meta_path.append(empty)
