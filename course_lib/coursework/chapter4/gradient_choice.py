"""Exercises of notebook 42."""

EXERCISES = ()
QUIZZES = ()
