"""Trains a LoRA adapter on pairs by TRL's DPOTrainer, on the CPU.

python train.py MODEL dpo.jsonl ADAPTER [--steps 20]
"""

import argparse
import json

import torch
import transformers
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("pairs")
parser.add_argument("adapter")
parser.add_argument("--steps", type=int, default=20)
given = parser.parse_args()

transformers.set_seed(1)
pairs = load_dataset("json", data_files=given.pairs, split="train")
pairs = pairs.select_columns(["prompt", "chosen", "rejected"]).shuffle(seed=1)
kept_back = min(8, max(1, len(pairs) // 6))
held_out, training = pairs.select(range(kept_back)), pairs.select(range(kept_back, len(pairs)))
config = DPOConfig(
    output_dir=f"{given.adapter}-checkpoints",
    max_steps=given.steps,
    per_device_train_batch_size=2,
    per_device_eval_batch_size=4,
    learning_rate=3e-4,
    lr_scheduler_type="constant",
    beta=0.1,
    max_length=160,
    logging_steps=5,
    eval_strategy="steps",
    eval_steps=10,
    eval_on_start=True,
    save_strategy="no",
    report_to=[],
    use_cpu=True,
    bf16=False,
    gradient_checkpointing=False,
    seed=1,
)
trainer = DPOTrainer(
    model=AutoModelForCausalLM.from_pretrained(given.model, dtype=torch.float32),
    args=config,
    train_dataset=training,
    eval_dataset=held_out,
    processing_class=AutoTokenizer.from_pretrained(given.model),
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
)
trainer.train()
trainer.save_model(given.adapter)
SHOWN = ("step", "loss", "eval_loss", "eval_rewards/accuracies")
for line in trainer.state.log_history:
    print(json.dumps({key: value for key, value in line.items() if key in SHOWN}))
