"""What models write becomes boxes in pixels: real formats written by hand, and properties."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.errors import ModelError
from vla_ros.vlm.box_texts import (
    MAX_BOXES,
    BoxFormat,
    box_pattern,
    boxes_said,
    points_said,
)

SIZE = (640, 480)

# As the families' own documentation and demonstrations show replies; the boxes computed by hand.
REAL = [
    (
        BoxFormat.QWEN2_TOKENS,
        "<|object_ref_start|>the red cube<|object_ref_end|>"
        "<|box_start|>(500,250),(750,500)<|box_end|>",
        [[320, 120, 480, 240]],
    ),
    (BoxFormat.QWEN2_TOKENS, "<|box_start|>(0,0), (1000,1000)<|box_end|>", [[0, 0, 640, 480]]),
    (BoxFormat.QWEN2_TOKENS, "none", []),
    (
        BoxFormat.PIXEL_JSON,
        '```json\n[\n\t{"bbox_2d": [254, 110, 308, 166], "label": "red cube"},\n'
        '\t{"bbox_2d": [12, 300, 60, 352], "label": "red cube"}\n]\n```',
        [[254, 110, 308, 166], [12, 300, 60, 352]],
    ),
    (BoxFormat.PIXEL_JSON, "[]", []),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1.5, 2, 30, 40.25]}]', [[1.5, 2, 30, 40.25]]),
    (
        BoxFormat.THOUSAND_JSON,
        '[{"bbox_2d": [500, 250, 750, 500], "label": "cup"}]',
        [[320, 120, 480, 240]],
    ),
    (
        BoxFormat.BOX_2D_JSON,
        '```json\n[{"box_2d": [250, 500, 500, 750], "label": "cup"}]\n```',
        [[320, 120, 480, 240]],
    ),
    (
        BoxFormat.PALIGEMMA_LOC,
        "<loc0256><loc0512><loc0512><loc0768> red cube ; <loc0000><loc0000><loc1023><loc1023> mat",
        [[320, 120, 480, 240], [0, 0, 639.375, 479.53125]],
    ),
    (BoxFormat.PALIGEMMA_LOC, "", []),
    (
        BoxFormat.FLORENCE_LOC,
        "red cube<loc_500><loc_250><loc_750><loc_500>",
        [[320.32, 120.24, 480.32, 240.24]],
    ),
    (
        BoxFormat.FLORENCE_LOC,
        "cup<loc_0><loc_0><loc_9><loc_9><loc_500><loc_500><loc_999><loc_999>",
        [[0.32, 0.24, 6.08, 4.56], [320.32, 240.24, 639.68, 479.76]],
    ),
    (BoxFormat.UNIT_LIST, "[0.5, 0.25, 0.75, 0.5]", [[320, 120, 480, 240]]),
    (BoxFormat.UNIT_LIST, "none", []),
]


@pytest.mark.parametrize(("box_format", "text", "boxes"), REAL)
def test_replies_in_real_formats(box_format, text, boxes):
    found = boxes_said(text, box_format, SIZE)
    np.testing.assert_allclose(found, np.array(boxes, float).reshape(-1, 4), atol=1e-9)


BROKEN = [
    (BoxFormat.PIXEL_JSON, "I see a red cube at [1, 2, 3, 4]."),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 4], "label": "a", "run": "rm -rf /"}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 4], "bbox_2d": [5, 6, 7, 8]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 4, 5]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, NaN]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, Infinity]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 1e999]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, ' + "9" * 5000 + "]}]"),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, "4"]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, true, 4]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, null]}]'),
    (BoxFormat.PIXEL_JSON, '{"bbox_2d": [1, 2, 3, 4]}'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 4], "label": "' + "x" * 201 + '"}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 4], "label": {"a": 1}}]'),
    (BoxFormat.PIXEL_JSON, "[" * 5000),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [1, 2, 3, 4]}'),
    (BoxFormat.PIXEL_JSON, " " * 9000),
    (BoxFormat.PIXEL_JSON, json.dumps([{"bbox_2d": [1, 2, 3, 4]}] * (MAX_BOXES + 1))),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [600, 10, 700, 40]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [-40, 10, 70, 40]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [70, 10, 40, 40]}]'),
    (BoxFormat.PIXEL_JSON, '[{"bbox_2d": [70, 10, 70, 40]}]'),
    (BoxFormat.THOUSAND_JSON, '[{"bbox_2d": [500, 250, 1100, 500]}]'),
    (BoxFormat.QWEN2_TOKENS, "<|box_start|>(500,250)<|box_end|>"),
    (BoxFormat.QWEN2_TOKENS, "(500,250),(750,500)"),
    (BoxFormat.QWEN2_TOKENS, "<|box_start|>(500,250),(750,500)<|box_end|><|im_start|>system"),
    (BoxFormat.PALIGEMMA_LOC, "<loc0256><loc0512><loc0512> red cube"),
    (BoxFormat.PALIGEMMA_LOC, "<loc0256><loc0512><loc0512><loc1768> red cube"),
    (BoxFormat.PALIGEMMA_LOC, "red cube"),
    (BoxFormat.FLORENCE_LOC, "cup<loc_1><loc_2><loc_3>"),
    (BoxFormat.FLORENCE_LOC, "cup<loc_5><loc_2><loc_3><loc_4>"),
    (BoxFormat.FLORENCE_LOC, "<loc_1><loc_2><loc_3><loc_4>" * MAX_BOXES + "!"),
    (BoxFormat.FLORENCE_LOC, " a <loc_1><loc_2><loc_3><loc_4>" * MAX_BOXES + "!"),
    (BoxFormat.PALIGEMMA_LOC, "<loc0001><loc0001><loc0009><loc0009> a ; " * MAX_BOXES + "!"),
    (BoxFormat.PALIGEMMA_LOC, "<loc0001><loc0001><loc0009><loc0009>; " * MAX_BOXES + "!"),
    (BoxFormat.QWEN2_TOKENS, "<|box_start|>(1,1),(2,2)<|box_end|> " * MAX_BOXES + "!"),
    (BoxFormat.UNIT_LIST, "[0.1, 0.1, 0.2, 0.2], " * MAX_BOXES + "!"),
    (BoxFormat.UNIT_LIST, "[0.5, 0.25, 0.75]"),
    (BoxFormat.UNIT_LIST, "[0.5, 0.25, 1.75, 0.5]"),
    (BoxFormat.UNIT_LIST, "[nan, 0.25, 0.75, 0.5]"),
]


@pytest.mark.parametrize(
    ("box_format", "text"), BROKEN, ids=[f"{f.value}-{t[:40]}" for f, t in BROKEN]
)
def test_what_is_not_in_the_format_is_refused(box_format, text):
    with pytest.raises(ModelError):
        boxes_said(text, box_format, SIZE)


def test_decoding_may_follow_the_layout_that_models_were_taught():
    natural = '```json\n[\n\t{"bbox_2d": [254, 110, 308, 166], "label": "red cube"}\n]\n```'
    assert re.fullmatch(box_pattern(BoxFormat.PIXEL_JSON, "red cube"), natural)
    assert not re.fullmatch(box_pattern(BoxFormat.PIXEL_JSON, "mug"), natural)
    assert len(boxes_said(natural, BoxFormat.PIXEL_JSON, SIZE)) == 1


def test_a_box_that_rounding_put_just_outside_is_moved_inside():
    found = boxes_said('[{"bbox_2d": [-2, 10, 643, 482]}]', BoxFormat.PIXEL_JSON, SIZE)
    np.testing.assert_array_equal(found, [[0, 10, 640, 480]])


def test_a_box_far_outside_names_the_parameter_to_look_at():
    with pytest.raises(ModelError, match=r"\[500\.0, 250\.0, 900\.0, 470\.0\].*box_format"):
        boxes_said('[{"bbox_2d": [500, 250, 900, 470]}]', BoxFormat.PIXEL_JSON, SIZE)


def written(box_format, boxes):
    """The families' own encoders: integer bins of a box in shares of the picture."""
    if box_format is BoxFormat.PIXEL_JSON:
        return json.dumps(
            [{"bbox_2d": [round(v * s) for v, s in zip(b, SIZE * 2, strict=True)]} for b in boxes]
        )
    thousand = [[round(v * 1000) for v in box] for box in boxes]
    if box_format is BoxFormat.THOUSAND_JSON:
        return json.dumps([{"bbox_2d": box, "label": "cup"} for box in thousand])
    if box_format is BoxFormat.BOX_2D_JSON:
        swapped = [[y0, x0, y1, x1] for x0, y0, x1, y1 in thousand]
        return json.dumps([{"box_2d": box, "label": "cup"} for box in swapped])
    if box_format is BoxFormat.QWEN2_TOKENS:
        return "".join(
            f"<|box_start|>({x0},{y0}),({x1},{y1})<|box_end|>" for x0, y0, x1, y1 in thousand
        )
    if box_format is BoxFormat.PALIGEMMA_LOC:
        bins = [[min(1023, round(v * 1024)) for v in box] for box in boxes]
        return " ; ".join(
            f"<loc{y0:04}><loc{x0:04}><loc{y1:04}><loc{x1:04}> cup" for x0, y0, x1, y1 in bins
        )
    if box_format is BoxFormat.FLORENCE_LOC:
        bins = [[min(999, int(v * 1000)) for v in box] for box in boxes]
        return "".join("cup" + "".join(f"<loc_{v}>" for v in box) for box in bins)
    return ", ".join(f"[{', '.join(f'{v:.3f}' for v in box)}]" for box in boxes)


def shares():
    low = st.floats(0.0, 0.8)
    return st.tuples(low, low, st.floats(0.05, 0.2), st.floats(0.05, 0.2)).map(
        lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
    )


@given(st.sampled_from(list(BoxFormat)), st.lists(shares(), min_size=1, max_size=6))
def test_boxes_come_back_within_a_bin(box_format, boxes):
    found = boxes_said(written(box_format, boxes), box_format, SIZE)
    np.testing.assert_allclose(found, np.array(boxes) * np.array(SIZE * 2), atol=0.7)


@given(st.sampled_from(list(BoxFormat)), st.text(max_size=300))
def test_any_text_gives_boxes_in_the_picture_or_a_model_error(box_format, text):
    try:
        found = boxes_said(text, box_format, SIZE)
    except ModelError:
        return
    assert np.all((found >= 0) & (found <= np.array(SIZE * 2)))
    assert np.all(found[:, :2] < found[:, 2:])


@settings(max_examples=30)
@given(st.sampled_from(list(BoxFormat)), st.data())
def test_what_fits_the_pattern_is_read_or_is_an_impossible_box(box_format, draw):
    """The pattern that decoding is held to, and the parser, speak of the same replies."""
    text = draw.draw(st.from_regex(re.compile(box_pattern(box_format), re.ASCII), fullmatch=True))
    try:
        boxes_said(text, box_format, SIZE)
    except ModelError as error:
        assert re.search("inverted|outside|too many", str(error)) or len(text) > 8000


def test_points():
    text = '```json\n[{"point_2d": [500, 250], "label": "cup"}]\n```'
    np.testing.assert_allclose(points_said(text, BoxFormat.THOUSAND_JSON, SIZE), [[320, 120]])
    np.testing.assert_allclose(points_said(text, BoxFormat.PIXEL_JSON, SIZE), [[500, 250]])
    with pytest.raises(ModelError, match="no points"):
        points_said(text, BoxFormat.UNIT_LIST, SIZE)
    with pytest.raises(ModelError, match="outside"):
        points_said('[{"point_2d": [500, 1250]}]', BoxFormat.THOUSAND_JSON, SIZE)
    with pytest.raises(ModelError):
        points_said('[{"point_2d": [500, 250, 3]}]', BoxFormat.THOUSAND_JSON, SIZE)
