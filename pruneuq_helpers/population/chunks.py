"""Which members can share a stack, and how many at a time."""

from collections.abc import Sequence

from pruneuq_helpers.population.architecture import Network

# Bytes a stack may touch in a step. On a CPU it should stay in a core's share of the cache (measured: 4 to 16 MiB do
# alike, more is slower); a GPU wants as much work in a call as its memory holds.
ROOM = {"cpu": 6 * 2**20, "cuda": 4 * 2**30}
MOST = {"cpu": 128, "cuda": 1024}
# Stacks that members leave early are begun larger: a few stragglers cost nearly as much to call as a full stack.
EARLY = 8


def groups(keys: Sequence) -> list[list[int]]:
    """The places of equal keys, in the order in which each key first comes."""
    # Members of other widths go to a stack of their own rather than being padded: the result is then that of the
    # physically smaller network by construction, and nothing is computed that does not exist.
    found: dict = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return list(found.values())


def chunks(members: list[int], size: int) -> list[list[int]]:
    """Split into as few parts of at most ``size`` as it takes, none much smaller than the others."""
    parts = -(-len(members) // size)
    cuts = [-(-len(members) * i // parts) for i in range(parts + 1)]
    return [members[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]


def default_size(network: Network, batch: int, bytes_each: int, device: str, early: bool = False) -> int:
    """How many members to stack: as many as fit the room, at least one."""
    room = ROOM[device] // bytes_each * (EARLY if early else 1)
    return max(1, min(MOST[device], room // network.numbers(batch)))
