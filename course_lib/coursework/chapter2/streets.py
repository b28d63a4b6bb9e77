"""Exercises of notebook 24, pix2pixHD."""

EXERCISES = ()

QUIZZES = ()
