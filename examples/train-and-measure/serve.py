"""A small OpenAI-compatible server on loopback for a model on the CPU, with an adapter if given.

python serve.py PORT MODEL [ADAPTER]

It prints "ready" and its port (any free one where PORT is 0), and ends with its input (Ctrl-D).
Requests that arrive together are answered as one batch. Sampling is seeded by batch, so sampled
answers depend on how requests meet; answers at temperature 0 do not.
"""

import http.server
import json
import os
import queue
import sys
import threading
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

MOST_TOGETHER = 16
SECONDS_TO_WAIT = 0.3

port, path, *adapter = sys.argv[1:]
torch.manual_seed(1)
model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
if adapter:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, adapter[0]).merge_and_unload()
model.eval()
tokenizer = AutoTokenizer.from_pretrained(path, padding_side="left")
waiting = queue.Queue()


def answer(batch):
    """Puts texts and token counts into requests that share temperature and length."""
    texts = [
        tokenizer.apply_chat_template(one["messages"], tokenize=False, add_generation_prompt=True)
        for one in batch
    ]
    given = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    temperature = batch[0]["temperature"]
    sampling = {"do_sample": False}
    if temperature:
        sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    with torch.inference_mode():
        out = model.generate(**given, max_new_tokens=batch[0]["tokens"], **sampling)
    new = out[:, given["input_ids"].shape[1] :]
    for one, ids, mask in zip(batch, new, given["attention_mask"]):
        own = [i for i in ids.tolist() if i not in (tokenizer.pad_token_id, tokenizer.eos_token_id)]
        ended = len(own) < len(ids) or tokenizer.eos_token_id in ids.tolist()
        one["answer"] = {
            "text": tokenizer.decode(own, skip_special_tokens=True).strip(),
            "finish": "stop" if ended else "length",
            "usage": [int(mask.sum()), len(own)],
        }
        one["done"].set()


def work():
    while True:
        batch = [waiting.get()]
        until = time.monotonic() + SECONDS_TO_WAIT
        while len(batch) < MOST_TOGETHER and (left := until - time.monotonic()) > 0:
            try:
                batch.append(waiting.get(timeout=left))
            except queue.Empty:
                break
        kinds = {(one["temperature"], one["tokens"]) for one in batch}
        for kind in kinds:
            answer([one for one in batch if (one["temperature"], one["tokens"]) == kind])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        request = {
            "messages": body["messages"],
            "temperature": body.get("temperature") or 0,
            "tokens": body.get("max_tokens") or body.get("max_completion_tokens") or 64,
            "done": threading.Event(),
        }
        waiting.put(request)
        request["done"].wait()
        given = request["answer"]
        prompt, completion = given["usage"]
        message = {"role": "assistant", "content": given["text"]}
        reply = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": body.get("model", ""),
            "choices": [{"index": 0, "message": message, "finish_reason": given["finish"]}],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            },
        }
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


threading.Thread(target=work, daemon=True).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready on port", server.server_port, flush=True)
sys.stdin.read()
