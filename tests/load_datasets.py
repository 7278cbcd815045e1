"""Loads what runs wrote as `datasets` loads it, and prints what it found as one line of JSON.

    python load_datasets.py DIR...

For each directory: the rows and columns of every configuration of its card, those of the card's
default, and those of every data file that is not empty. A failure is a text in place of them.
"""

import json
import os
import pathlib
import sys

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=sys.argv[1])
import datasets

datasets.disable_progress_bars()


def columns(features, prefix=""):
    for name, feature in features.items():
        yield prefix + name
        if isinstance(feature, dict):
            yield from columns(feature, f"{prefix}{name}.")


def load(*args, **options):
    try:
        data = datasets.load_dataset(*args, split="train", **options)
        return {"rows": len(data), "columns": sorted(columns(data.features))}
    except Exception as error:  # any of them is the finding
        return f"{type(error).__name__}: {error}"[:300]


def inspect(run):
    files = {}
    for path in sorted(run.rglob("*")):
        kind = {".jsonl": "json", ".json": "json", ".parquet": "parquet"}.get(path.suffix)
        name = str(path.relative_to(run))
        is_data = kind and name not in ("run.json", "summary.json") and "rows" not in name
        # Its twin tells whether a Parquet file has rows; `datasets` refuses one that has none.
        lines = path.with_suffix(".jsonl") if kind == "parquet" else path
        if is_data and lines.stat().st_size > 0 and name != "failed.jsonl":
            files[name] = load(kind, data_files=str(path))
    names = datasets.get_dataset_config_names(str(run))
    return {
        "configs": {name: load(str(run), name) for name in names},
        "default": load(str(run)),
        "files": files,
    }


print(json.dumps({run: inspect(pathlib.Path(run)) for run in sys.argv[2:]}))
