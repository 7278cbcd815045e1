"""Reads exports with the trainers' own loaders, and prints as one line of JSON what they kept.

    python load_exports.py EXPORTS LOADERS TRAINER...

EXPORTS/TRAINER/KIND.jsonl and KIND-parquet.parquet are exports of one run; those of `trl` are the
reference. LOADERS/TRAINER is an unpacked wheel; TRL is imported as it is installed. Each entry of
the output has `rows` (lines of the file), `kept` (rows after the loader) and `equal` (rows whose
texts, after the trainer's template where it has one, are those of the reference), and by `shapes`
of the prompt how many rows there are, and how many are equal.
"""

import collections
import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import sys
import tempfile
from types import SimpleNamespace

os.environ.update(
    HF_HUB_OFFLINE="1",
    TOKENIZERS_PARALLELISM="false",
    CUDA_VISIBLE_DEVICES="",
    DISABLE_VERSION_CHECK="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_DATASETS_CACHE=tempfile.mkdtemp(),
    MODELSCOPE_CACHE=tempfile.mkdtemp(),
)
exports, loaders = map(pathlib.Path, sys.argv[1:3])
for wheel in loaders.glob("*"):
    sys.path += [str(wheel), *map(str, wheel.glob("*.data/purelib"))]
import datasets
import torch
import trl
from tiny_model import tiny_model, tiny_tokenizer

datasets.disable_progress_bars()
torch.set_num_threads(1)
tokenizer = tiny_tokenizer()


def load(path):
    builder = "parquet" if path.suffix == ".parquet" else "json"
    return datasets.load_dataset(builder, data_files=str(path), split="train")


def render(messages, prompt=False):
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)


def conversations(row):
    """The whole conversations that a line of the reference stands for."""
    if "messages" in row:
        return [row["messages"]]
    sides = ["chosen", "rejected"] if "chosen" in row else ["completion"]
    return [row["prompt"] + row[side] for side in sides]


# --- TRL -----------------------------------------------------------------------------------------


def trl_trainer(kind, data, steps):
    out = tempfile.mkdtemp()
    common = dict(
        output_dir=out, max_steps=steps, per_device_train_batch_size=2, report_to=[],
        logging_steps=1, save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True,
        max_length=8192,
    )  # fmt: skip
    name = {"dpo": "DPO", "ranking": "Reward", "reward": "Reward", "kto": "KTO", "sft": "SFT"}[kind]
    model = tiny_model(tokenizer, rewards=name == "Reward")
    if name in ("DPO", "KTO"):  # they load the reference model by its path
        model.save_pretrained(f"{out}/model")
        tokenizer.save_pretrained(f"{out}/model")
        model = f"{out}/model"
    config = getattr(trl, f"{name}Config")(**common)
    trainer = getattr(trl, f"{name}Trainer")
    return trainer(model=model, args=config, train_dataset=data, processing_class=tokenizer)


def trl_texts(row):
    """What a prepared row reads like."""
    text = tokenizer.decode
    if "input_ids" in row:
        return [text(row["input_ids"])]
    if "prompt_ids" in row:
        sides = [key for key in ("chosen_ids", "rejected_ids", "completion_ids") if key in row]
        return [text(row["prompt_ids"] + row[side]) for side in sides]
    return [text(row["chosen_ids"]), text(row["rejected_ids"])]


def bare(text):
    """Trainers add their end mark, or cut the line feed after it."""
    for _ in range(2):
        text = text.strip().removesuffix("<|im_end|>")
    return text.strip()


def read_trl(kind, path, reference):
    prepared = trl_trainer(kind, load(path), 1).train_dataset
    same = []
    for row, line in zip(prepared, reference):
        wanted = [bare(render(messages)) for messages in conversations(line)]
        same.append([bare(one) for one in trl_texts(row)] == wanted)
    return len(prepared), same


# --- LLaMA-Factory -------------------------------------------------------------------------------


def read_llama_factory(kind, path, reference):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.data.converter import align_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import get_train_args

    model = tempfile.mkdtemp()
    tiny_model(tokenizer).save_pretrained(model)
    tokenizer.save_pretrained(model)
    stage = {"dpo": "dpo", "reward": "rm", "ranking": "rm"}.get(kind, kind)
    model_args, data_args, training_args, _, _ = get_train_args(
        dict(
            stage=stage, do_train=True, model_name_or_path=model, dataset=path.stem,
            dataset_dir=str(path.parent), template="chatml", cutoff_len=8192,
            output_dir=tempfile.mkdtemp(), finetuning_type="full", report_to="none", use_cpu=True,
            overwrite_cache=True, remove_unused_columns=False,
        )  # fmt: skip
    )
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    module = get_dataset(
        template, model_args, data_args, training_args,
        stage="rm" if stage == "dpo" else stage, tokenizer=tokenizer,
    )  # fmt: skip
    (attributes,) = get_dataset_list([path.stem], data_args.dataset_dir)
    aligned = align_dataset(load(path), attributes, data_args, training_args)
    same = []
    for row, line in zip(aligned, reference):
        system = [{"role": "system", "content": row["_system"]}] if row["_system"] else []
        answers = [one for one in row["_response"] if one["content"]]
        found = [system + row["_prompt"] + [one] for one in answers]
        same.append(found == conversations(line))
    return len(module["train_dataset"]), same


# --- Axolotl -------------------------------------------------------------------------------------


class Settings(dict):
    __getattr__ = dict.get


def read_axolotl(kind, path, reference):
    data = load(path)
    config = Settings(
        datasets=[Settings()], sequence_len=8192, train_on_inputs=True, reward_model=kind == "reward"
    )
    if kind in ("dpo", "ranking"):
        from axolotl.prompt_strategies.dpo.chat_template import default

        transform, _ = default(config)
        rows = [transform(row, tokenizer=tokenizer) for row in data]
        texts = [[row["prompt"] + row[side] for side in ("chosen", "rejected")] for row in rows]
    elif kind == "kto":
        from axolotl.prompt_strategies.kto.chatml import argilla_chat

        rows = [argilla_chat(config)(row) for row in data]
        texts = [[row["prompt"] + row["completion"]] for row in rows]
        labels = [row["label"] for row in rows] == [line["label"] for line in reference]
        assert labels, "labels are in another order"
    else:
        name = "bradley_terry.chat_template" if kind == "reward" else "chat_template"
        strategies = importlib.import_module(f"axolotl.prompt_strategies.{name}")
        strategy = strategies.load(tokenizer, config, Settings())
        rows = [strategy.tokenize_prompt(dict(row)) for row in data]
        keys = ["chosen_ids", "rejected_ids"] if kind == "reward" else ["input_ids"]
        texts = [[tokenizer.decode(row[key]) for key in keys] for row in rows]
    same = []
    for found, line in zip(texts, reference):
        wholes = conversations(line)
        # Its reward data show an empty system turn where the prompt has none.
        if kind == "reward" and wholes[0][0]["role"] != "system":
            wholes = [[{"role": "system", "content": ""}, *whole] for whole in wholes]
        wanted = [render(messages).rstrip() for messages in wholes]
        same.append([one.rstrip() for one in found] == wanted)
    return len(rows), same


# --- OpenRLHF ------------------------------------------------------------------------------------


def read_openrlhf(kind, path, reference):
    from openrlhf.datasets.reward_dataset import RewardDataset
    from openrlhf.datasets.sft_dataset import SFTDataset

    options = dict(apply_chat_template=True, chosen_key="chosen", rejected_key="rejected")
    keys = dict(input_key="messages") if kind == "sft" else dict(prompt_key="prompt")
    strategy = SimpleNamespace(
        args=SimpleNamespace(data=SimpleNamespace(**options, **keys)),
        is_rank_0=lambda: True,
        print=print,
    )
    if kind == "sft":
        read = SFTDataset(load(path), tokenizer, 8192, strategy, num_processors=1)
        texts = [[prompt + answer] for prompt, answer in zip(read.prompts, read.responses)]
    else:
        read = RewardDataset(
            load(path), tokenizer, 8192, strategy, is_dpo=kind == "dpo", num_processors=1
        )
        sides = zip(read.prompts, read.chosens, read.rejects)
        texts = [[prompt + chosen, prompt + rejected] for prompt, chosen, rejected in sides]
    wanted = [[render(one) for one in conversations(line)] for line in reference]
    return len(read), [found == line for found, line in zip(texts, wanted)]


# --- ms-swift ------------------------------------------------------------------------------------


def read_ms_swift(kind, path, reference):
    from swift.dataset import load_dataset

    data, _ = load_dataset([str(path)], split_dataset_ratio=0.0, strict=False, num_proc=1)
    same = []
    for row, line in zip(data, reference):
        messages = [{"role": m["role"], "content": m["content"]} for m in row["messages"]]
        found = [messages]
        if row.get("rejected_response") is not None:
            answer = {"role": "assistant", "content": row["rejected_response"]}
            found.append(messages[:-1] + [answer])
        same.append(found == conversations(line))
        if kind == "kto":
            assert bool(row["label"]) == line["label"], "labels are in another order"
    return len(data), same


READERS = {
    "trl": read_trl,
    "llama-factory": read_llama_factory,
    "axolotl": read_axolotl,
    "openrlhf": read_openrlhf,
    "ms-swift": read_ms_swift,
}


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def place(line):
    return json.dumps(line["source"], sort_keys=True)


def shape_of(line):
    messages = conversations(line)[0]
    turns = "single" if sum(one["role"] == "user" for one in messages) == 1 else "multi"
    return f"{turns} with system" if messages[0]["role"] == "system" else turns


def check(trainer, path):
    kind = path.stem.removesuffix("-parquet")
    written = lines_of(path.with_name(f"{kind}.jsonl"))
    places = {place(line): line for line in lines_of(exports / "trl" / f"{kind}.jsonl")}
    reference = [places[place(line)] for line in written]
    entry = {"trainer": trainer, "kind": kind, "format": path.suffix[1:], "rows": len(written)}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            kept, same = READERS[trainer](kind, path, reference)
        shapes = collections.defaultdict(lambda: [0, 0])
        for line, is_same in zip(reference, same):
            shapes[shape_of(line)][0] += 1
            shapes[shape_of(line)][1] += is_same
        return {**entry, "kept": kept, "equal": sum(same), "shapes": shapes}
    except Exception as error:  # any of them is the finding
        return {**entry, "error": f"{type(error).__name__}: {error}"[:500]}


def train(kind):
    data = load(exports / "trl" / f"{kind}.jsonl")
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = trl_trainer(kind, data.select(range(min(6, len(data)))), 3)
        trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def version_of(package):
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


wanted = sys.argv[3:]
if wanted != ["trl"]:
    import missing_packages  # noqa: F401
found = [
    check(trainer, path)
    for trainer in wanted
    for path in sorted((exports / trainer).iterdir())
    if path.suffix in (".jsonl", ".parquet") and not path.stem.endswith((".left-out", ".test"))
]
kinds = ["dpo", "kto", "sft", "reward"]
packages = ["trl", "transformers", "datasets", "torch", "llamafactory", "axolotl", "openrlhf", "ms-swift"]
print(
    json.dumps(
        {
            "versions": {name: version_of(name) for name in packages},
            "read": found,
            "losses": {kind: train(kind) for kind in kinds} if "trl" in wanted else {},
        }
    )
)
