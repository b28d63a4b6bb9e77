"""Exercises of notebook 43."""

EXERCISES = ()
QUIZZES = ()
