"""Exercises of notebook 44."""

EXERCISES = ()
QUIZZES = ()
