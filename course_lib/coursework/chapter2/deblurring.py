"""Exercises of notebook 23, DeblurGAN."""

EXERCISES = ()

QUIZZES = ()
