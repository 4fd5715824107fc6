"""From a trained detector to the folder that the product loads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from vla_ros.backends.tabletop_detector import TabletopDetectorForZeroShotObjectDetection
from vla_ros.backends.tabletop_processing import TabletopImageProcessor, TabletopProcessor
from vla_ros.training.detector_evaluation import (
    GroundingScores,
    evaluate,
    fit_calibration,
    scores,
)
from vla_ros.training.detector_onnx import write_onnx
from vla_ros.training.labelled_pictures import LabelledObject, LabelledPictures
from vla_ros.training.phrases import PhraseMaker, Query
from vla_ros.training.vocabulary import PAD, UNKNOWN

_CALIBRATION_SEED = 2
_REPORT_SEED = 3


def calibrate(
    model: TabletopDetectorForZeroShotObjectDetection,
    tokenizer: Tokenizer,
    pictures: LabelledPictures,
    phrases: PhraseMaker,
) -> None:
    """Set the model's calibration so that its scores on some pictures are probabilities."""
    model.calibration_scale.fill_(1.0)
    model.calibration_bias.fill_(0.0)
    answers = evaluate(
        model, tokenizer, pictures, phrases, len(pictures), _CALIBRATION_SEED, parity=0
    )
    scale, bias = fit_calibration(answers)
    model.calibration_scale.fill_(scale)
    model.calibration_bias.fill_(bias)


def export(
    model: TabletopDetectorForZeroShotObjectDetection,
    tokenizer: Tokenizer,
    dataset_dir: Path,
    phrases: PhraseMaker,
    out_dir: Path,
    report: Callable[[str], None],
) -> GroundingScores:
    """Write model, processor, graph and figures; return the figures on validation pictures.

    Half of the validation pictures fitted the calibration; the figures are of the other half.
    """
    write_folder(model, tokenizer, out_dir)
    figures = measure(model, tokenizer, dataset_dir, phrases)
    text = json.dumps({name: value.as_json() for name, value in figures.items()}, indent=2)
    (out_dir / "figures.json").write_text(text + "\n")
    report(text)
    return figures["val"]


def write_folder(
    model: TabletopDetectorForZeroShotObjectDetection, tokenizer: Tokenizer, folder: Path
) -> None:
    """Write everything that the Auto classes and ONNX Runtime need to load a detector."""
    model.save_pretrained(folder)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token=UNKNOWN,
        pad_token=PAD,
        model_max_length=model.config.max_words,
        model_input_names=["input_ids", "attention_mask"],
    )
    images = TabletopImageProcessor(model.config.image_size)
    TabletopProcessor(images, fast).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_onnx(model, folder)


def measure(
    model: TabletopDetectorForZeroShotObjectDetection,
    tokenizer: Tokenizer,
    dataset_dir: Path,
    phrases: PhraseMaker,
) -> dict[str, GroundingScores]:
    """Return the figures on validation pictures and on colour-noun pairs never trained on."""
    validation = LabelledPictures(dataset_dir / "val")
    figures = {
        "val": scores(
            evaluate(model, tokenizer, validation, phrases, len(validation), _REPORT_SEED, parity=1)
        )
    }
    if (dataset_dir / "heldout").is_dir():
        trained = _pairs(LabelledPictures(dataset_dir / "train"))
        heldout = LabelledPictures(dataset_dir / "heldout")

        def never_trained(query: Query) -> bool:
            phrase = query.phrase
            return query.kind == "color_noun" and (phrase.color, phrase.noun) not in trained

        figures["heldout_pairs"] = scores(
            evaluate(
                model, tokenizer, heldout, phrases, len(heldout), _REPORT_SEED, keep=never_trained
            )
        )
    return figures


def _pairs(pictures: LabelledPictures) -> set[tuple[str | None, str]]:
    """Return every colour and noun that go together in some pictures."""

    def of(thing: LabelledObject) -> set[tuple[str | None, str]]:
        return {(color, noun) for color in thing.colors for noun in thing.nouns}

    return {pair for thing in pictures.objects() for pair in of(thing)}
