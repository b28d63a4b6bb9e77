"""Answers to the exercises of notebook 24, pix2pixHD: name -> (right, wrong, another wrong)."""

ANSWERS = {}
