"""One right and two wrong answers to every exercise, in teaching order."""

from tests.coursework.answers import (
    chapter1,
    deblurring,
    duel,
    every_pixel,
    gradient_choice,
    hybrid,
    patches,
    penalty,
    pyramid,
    speed,
    streets,
    widths,
)

ANSWERS = {
    **chapter1.ANSWERS,
    **duel.ANSWERS,
    **penalty.ANSWERS,
    **deblurring.ANSWERS,
    **streets.ANSWERS,
    **every_pixel.ANSWERS,
    **speed.ANSWERS,
    **hybrid.ANSWERS,
    **patches.ANSWERS,
    **gradient_choice.ANSWERS,
    **widths.ANSWERS,
    **pyramid.ANSWERS,
}
