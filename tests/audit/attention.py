"""Small networks with attention as others write it, each with a mask over its heads for the tests."""

from types import SimpleNamespace

import torch
from torch import nn

CLASSES = 3


class Heads(nn.Module):
    """Queries, keys and values from one layer, in the order thirds or heads first; it counts its heads and width."""

    def __init__(self, width: int, heads: int, thirds_first: bool = True):
        super().__init__()
        self.num_heads, self.attn_dim, self.thirds_first = heads, width, thirds_first
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mask = torch.ones(heads)

    def forward(self, tokens):
        count, length, _ = tokens.shape
        order = (3, self.num_heads, -1) if self.thirds_first else (self.num_heads, 3, -1)
        parts = self.qkv(tokens).reshape(count, length, *order)
        parts = parts.permute(2, 0, 3, 1, 4) if self.thirds_first else parts.permute(3, 0, 2, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(*parts)
        seen = seen * self.mask[: self.num_heads, None, None]
        return self.proj(seen.transpose(1, 2).reshape(count, length, self.attn_dim))


class InterleavedHeads(Heads):
    """The same, head after head."""

    def __init__(self, width: int, heads: int):
        super().__init__(width, heads, thirds_first=False)


class ThreeLayers(nn.Module):
    """A layer for queries, one for keys, one for values; the number of heads follows from the width of one."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.num_attention_heads, self.head_dim = heads, width // heads
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(width, width) for _ in range(4))
        self.mask = torch.ones(heads)

    def forward(self, tokens):
        shape = (*tokens.shape[:-1], -1, self.head_dim)
        parts = [layer(tokens).view(shape).transpose(1, 2) for layer in (self.q_proj, self.k_proj, self.v_proj)]
        seen = nn.functional.scaled_dot_product_attention(*parts)
        seen = seen * self.mask[: seen.shape[1], None, None]
        return self.o_proj(seen.transpose(1, 2).reshape(tokens.shape[:-1] + (-1,)))


class Uncounted(ThreeLayers):
    """The same without a word on how many heads there are."""

    def __init__(self, width: int, heads: int):
        super().__init__(width, heads)
        del self.num_attention_heads


class Fixed(Heads):
    """Takes the width of a head from that of the tokens, so that no head can go."""

    def forward(self, tokens):
        count, length, width = tokens.shape
        parts = self.qkv(tokens).reshape(count, length, 3, self.num_heads, width // self.num_heads)
        seen = nn.functional.scaled_dot_product_attention(*parts.permute(2, 0, 3, 1, 4))
        return self.proj(seen.transpose(1, 2).reshape(count, length, width))


class Transformer(nn.Module):
    """Patches, two blocks of attention and hidden layers behind norms, and the mean of the tokens."""

    def __init__(self, attention=Heads, colours: int = 1, width: int = 16, heads: int = 4):
        super().__init__()
        self.patch = nn.Conv2d(colours, width, 2, 2)
        self.place = nn.Parameter(0.1 * torch.randn(1, 16, width))
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(4)])
        self.attention = nn.ModuleList([attention(width, heads) for _ in range(2)])
        hidden = [nn.Sequential(nn.Linear(width, 24), nn.GELU(), nn.Linear(24, width)) for _ in range(2)]
        self.hidden, self.head = nn.ModuleList(hidden), nn.Linear(width, CLASSES)

    def forward(self, images):
        tokens = self.patch(images).flatten(2).transpose(1, 2) + self.place
        for block in range(2):
            tokens = tokens + self.attention[block](self.norms[2 * block](tokens))
            tokens = tokens + self.hidden[block](self.norms[2 * block + 1](tokens))
        return self.head(tokens.mean(1))


class WithLogits(Transformer):
    """Gives what the classifiers of transformers give."""

    def __init__(self):
        super().__init__(ThreeLayers)

    def forward(self, images):
        return SimpleNamespace(logits=super().forward(images), hidden_states=None)


class InTuple(Transformer):
    """Gives its logits first, and something else."""

    def forward(self, images):
        logits = super().forward(images)
        return logits, logits.exp()
