"""How the book writes numbers that are not its results."""


def duration(seconds: float) -> str:
    """A duration in words, at least 0.

    >>> duration(41.2), duration(300), duration(5 * 3600 + 600), duration(50 * 3600)
    ('41 s', '5 min', '5 h 10 min', '2 d 2 h')
    """
    minutes, hours, days = round(seconds / 60), round(seconds / 60) // 60, round(seconds / 3600) // 24
    if seconds < 100:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {round(seconds / 3600) % 24} h"
