"""pipeline.py INPUT BASE_URL BATCH FOLDER: two answers to each prompt, rated, by distilabel.

INPUT is JSONL with `prompt`; BATCH is the rows that a step asks at once. FOLDER takes what
distilabel keeps. Ends with an error where a row has no two ratings.
"""

import json
import os
import sys

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", DISTILABEL_LOG_LEVEL="ERROR")

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import GroupColumns, LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration, UltraFeedback


def main() -> None:
    source, base_url, batch_text, folder = sys.argv[1:]
    batch = int(batch_text)
    with open(source, encoding="utf-8") as lines:
        rows = [{"instruction": json.loads(line)["prompt"]} for line in lines]

    def model(name: str) -> OpenAILLM:
        settings = {"temperature": 0, "max_new_tokens": 512}
        return OpenAILLM(model=name, base_url=base_url, api_key="none", generation_kwargs=settings)

    with Pipeline(name="bench", cache_dir=folder) as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=batch)
        answers = [
            TextGeneration(name=f"answer_{name}", llm=model(name), input_batch_size=batch)
            for name in ("bench", "bench-2")
        ]
        pair = GroupColumns(
            columns=["generation", "model_name"],
            output_columns=["generations", "generation_models"],
            input_batch_size=batch,
        )
        judge = UltraFeedback(
            name="judge", llm=model("bench-3"), aspect="overall-rating", input_batch_size=batch
        )
        load >> answers >> pair >> judge
    rated = pipeline.run(use_cache=False)["default"]["train"]["ratings"]
    whole = [ratings for ratings in rated if ratings and None not in ratings]
    if len(whole) != len(rows):
        sys.exit(f"expected {len(rows)} rows with two ratings, got {len(whole)}")


if __name__ == "__main__":
    main()
