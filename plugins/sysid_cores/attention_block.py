"""The layers of an attention core: a projection, and blocks of attention and feed-forward units."""

from collections.abc import Iterable

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from sysid_cores.rotary import turn
from sysid_cores.sequence import penalize


class AttentionUnits(nn.Module):
    """Project each step's features on units, let the blocks work on them, and normalise what comes out.

    Attributes:
        projection: (width, features), Glorot uniform at the start, penalised by l2·Σw².
        blocks: in order.
        normalization: over the units of each step.
    """

    def __init__(self, features: int, width: int, blocks: Iterable["Block"], l2: float):
        super().__init__()
        self.l2 = l2
        self.projection = nn.Linear(features, width)
        nn.init.xavier_uniform_(self.projection.weight)
        nn.init.zeros_(self.projection.bias)
        self.blocks = nn.ModuleList(blocks)
        self.normalization = nn.LayerNorm(width)

    def forward(
        self, sequences: Float[Tensor, "sequence step feature"]
    ) -> tuple[Float[Tensor, "sequence step unit"], Float[Tensor, ""]]:
        """Return the units at each step and the penalty."""
        units = self.projection(sequences)
        for block in self.blocks:
            units = block(units)
        return self.normalization(units), penalize(self.projection.weight, self.l2)


class Block(nn.Module):
    """Add what attention finds, then what feed-forward units make of it; each sees normalised units."""

    def __init__(self, width: int, heads: int, feedforward_units: int, dropout: float):
        super().__init__()
        self.attention_normalization = nn.LayerNorm(width)
        self.attention = CausalAttention(width, heads)
        self.feedforward_normalization = nn.LayerNorm(width)
        self.hidden = nn.Linear(width, feedforward_units)
        self.shown = nn.Linear(feedforward_units, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, units: Float[Tensor, "sequence step unit"]) -> Float[Tensor, "sequence step unit"]:
        """Return the units with what both layers add."""
        units = units + self.dropout(self.attention(self.attention_normalization(units)))
        hidden = gelu(self.hidden(self.feedforward_normalization(units)))
        return units + self.dropout(self.shown(hidden))


class CausalAttention(nn.Module):
    """Compute Σ_s softmax_s(q[t]·k[s]/√d) v[s] over s ≤ t for each head, then a linear map of all heads.

    Eq. 1 of Vaswani et al. 2017, q and k turned by their time.

    Attributes:
        asked: (3·width, width), of queries, keys and values, one after the other, head by head in each.
        answered: (width, width), of what the heads found.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.asked = nn.Linear(width, 3 * width, bias=False)
        self.answered = nn.Linear(width, width)
        for linear in (self.asked, self.answered):
            nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(self.answered.bias)

    def forward(self, units: Float[Tensor, "sequence step unit"]) -> Float[Tensor, "sequence step unit"]:
        """Return what each step finds in the steps up to it."""
        asked = self.asked(units).unflatten(2, (3, self.heads, -1))  # sequence step which head unit
        query, key, value = asked.permute(2, 0, 3, 1, 4)  # sequence head step unit each
        found = scaled_dot_product_attention(turn(query), turn(key), value, is_causal=True)
        return self.answered(found.movedim(1, 2).flatten(2))  # sequence step head·unit
