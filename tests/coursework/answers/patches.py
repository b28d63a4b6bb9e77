"""Answers to the exercises of notebook 41, patches: name -> (right, wrong, another wrong)."""


def padded(height, width, grid, halvings):
    sides = []
    for side, parts in ((height, grid[0]), (width, grid[1])):
        while side % (parts << halvings):
            side += 1
        sides.append(side)
    return tuple(sides)


ANSWERS = {
    "41.nest": (
        [[0, 2], [1, 3], [4, 6], [5, 7]],
        [[0, 1], [2, 3], [4, 5], [6, 7]],
        [[0, 4], [1, 5], [2, 6], [3, 7]],
    ),
    "41.parameters": (5424393, 37970751, 7232524),
    "41.reach": (129, 65, 57),
    "41.padded": (
        padded,
        lambda height, width, grid, halvings: padded(height, width, grid, 0),
        lambda height, width, grid, halvings: padded(height, width, grid[::-1], halvings),
    ),
    "41.forgotten": (1, 3, 0),
    "41.pyramids": (40, 27, 39),
}
