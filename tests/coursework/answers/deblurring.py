"""Answers to the exercises of notebook 23, DeblurGAN: name -> (right, wrong, another wrong)."""

ANSWERS = {}
