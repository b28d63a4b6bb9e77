"""Answers to the exercises of notebook 43, widths: name -> (right, wrong, another wrong)."""


def disagreement(left, right, step):
    gaps = [
        (left[row, column] - right[row, column - step]) ** 2
        for row in range(left.shape[0])
        for column in range(step, left.shape[1])
    ]
    return (sum(gaps) / len(gaps)) ** 0.5


ANSWERS = {
    "43.factor": (1.5, 1, 0.6667),
    "43.paths": (29, 81, 54),
    "43.loss": (0.51, 1.01, 0.255),
    "43.evaluations": (21, 33, 11),
    "43.nothing": (1.58, 0, 3.01),
    "43.disagreement": (
        disagreement,
        lambda left, right, step: ((left - right) ** 2).mean() ** 0.5,
        lambda left, right, step: disagreement(left, right, step) ** 2,
    ),
}
