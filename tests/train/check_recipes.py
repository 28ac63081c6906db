"""Runs in the environment of LLaMA-Factory and verl: their own classes read what we wrote.

``python check_recipes.py llama-factory RECIPE DATA`` parses the recipe with LLaMA-Factory's
argument classes and puts every record through its own converter. ``python check_recipes.py verl
OVERRIDES`` composes verl's configuration with the overrides and builds its dataclasses. Both print
JSON.
"""

from __future__ import annotations

import json
import os
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path


def llama_factory(recipe: Path, data: Path) -> dict[str, object]:
    os.environ["DISABLE_VERSION_CHECK"] = "1"
    # Its plugin for sound is imported with the others; the environment has none.
    sys.modules["torchaudio"] = sound = types.ModuleType("torchaudio")
    sound.__spec__ = ModuleSpec("torchaudio", None)
    import yaml
    from llamafactory.data.converter import SharegptDatasetConverter
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import get_train_args

    values = yaml.safe_load(recipe.read_text())
    values |= {"deepspeed": None, "bf16": False, "use_cpu": True, "flash_attn": "auto"}
    model, data_arguments, training, finetuning, _generating = get_train_args(values)
    rejected = converted = images = 0
    info = json.loads((data / "dataset_info.json").read_text())
    for attributes in get_dataset_list(list(info), str(data)):
        converter = SharegptDatasetConverter(attributes, data_arguments)
        for file in sorted((data / attributes.dataset_name).glob("*.jsonl")):
            for line in file.read_text().splitlines():
                found = converter(json.loads(line))
                converted += 1
                rejected += not found["_prompt"]
                images += sum(Path(each).is_file() for each in found["_images"] or ())
    return {
        "pixels": model.image_max_pixels,
        "cutoff": data_arguments.cutoff_len,
        "frozen": [finetuning.freeze_vision_tower, finetuning.freeze_multi_modal_projector],
        "learning_rate": training.learning_rate,
        "epochs": training.num_train_epochs,
        "scheduler": str(training.lr_scheduler_type.value),
        "warmup_steps": training.warmup_steps,
        "converted": converted,
        "rejected": rejected,
        "images": images,
    }


def verl(overrides: Path) -> dict[str, object]:
    import verl
    from hydra import compose, initialize_config_dir
    from verl.utils.config import omega_conf_to_dataclass

    place = Path(verl.__file__).parent / "trainer" / "config"
    with initialize_config_dir(config_dir=str(place), version_base=None):
        config = compose("ppo_trainer", overrides=overrides.read_text().splitlines())
    actor = omega_conf_to_dataclass(config.actor_rollout_ref.actor)
    rollout = omega_conf_to_dataclass(config.actor_rollout_ref.rollout)
    return {
        "estimator": config.algorithm.adv_estimator,
        "batch": config.data.train_batch_size,
        "clip": [actor.clip_ratio_low, actor.clip_ratio_high],
        "kl": [actor.use_kl_loss, config.algorithm.use_kl_in_reward],
        "learning_rate": actor.optim.lr,
        "group": rollout.n,
        "sampling": [rollout.temperature, rollout.top_p],
        "mode": rollout.mode,
        "agent": rollout.agent.default_agent_loop,
    }


if __name__ == "__main__":
    places = [Path(each) for each in sys.argv[2:]]
    found = llama_factory(*places) if sys.argv[1] == "llama-factory" else verl(*places)
    print(json.dumps(found))
