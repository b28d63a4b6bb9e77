"""Evaluation cards in words: a line for a list, a paragraph for the person who asked for the scores."""

_SHOWN = 8  # pictures named one by one


def headline(card):
    """Say the most important number of a card, with what it was measured on.

    Args:
        card: dict, see `training.evaluation.evaluate`.

    Returns:
        str.
    """
    if card["gain_db"] is not None:
        return f"{card['gain_db']:+.2f} dB on {card['pairs']} held-out {card['split']} pairs"
    distances = card["realism"]["frechet"]
    beside = f", flat colours {distances['flat']:.4g}" if "flat" in distances else ""
    return (
        f"pictures from labels: {_seen(card['realism'])} {distances['network']:.4g}{beside}; "
        f"on {card['pairs']} held-out {card['split']} pairs"
    )


def lines(card):
    """Say all means of a card.

    Args:
        card: as in `headline`.

    Yields:
        str, one line after another.
    """
    named = ", ".join(card["pictures"][:_SHOWN])
    if len(card["pictures"]) > _SHOWN:
        named += f" and {len(card['pictures']) - _SHOWN} more"
    yield f"{card['pairs']} pairs of {named} ({card['split']}); {card['protocol']}"
    for column, mean in card["mean"].items():
        unit = " dB" if column.startswith("psnr") else ""
        yield f"  {column:<24}{mean:.4f}{unit}"
    for level, means in card.get("levels", {}).items():
        yield f"  at sigma {level:<15}{means['psnr_blurred']:.4f} dB, made {means['psnr_network']:.4f} dB"
    if card.get("realism"):
        yield f"  {_seen(card['realism'])}; lower is better:"
        for way, distance in card["realism"]["frechet"].items():
            yield f"    {way:<22}{distance:.4f}"
    if card["gain_db"] is None:
        yield "  no gain to report: what goes in is no picture"
    else:
        yield f"  gain over the blurred input {card['gain_db']:+.2f} dB"


def _seen(realism):
    few = ", biased upward because these are so few" if realism["biased"] else ""
    return (
        f"{realism['distance']} to true pictures ({realism['features']}; {realism['windows']} windows of "
        f"{realism['side']} x {realism['side']} pixels{few})"
    )
