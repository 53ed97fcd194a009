"""What S3 says of Bayesian pruning, as rules that the results of chapter 6 decide.

S3 names levels, so its accuracies and losses are asked of networks at the level named. Where the text names no level,
the mean over all of them is taken; a seed gives one value for each data set.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from pruneuq_helpers.chapters.bayesian_pruning.conditions import (
    gate_decides,
    gates_act,
    overfits,
    reached,
    their_data,
    unpruned_accuracy,
)
from pruneuq_helpers.chapters.bayesian_pruning.epochs import random_less_magnitude, relief, trend
from pruneuq_helpers.chapters.bayesian_pruning.measures import (
    Measure,
    above_unpruned,
    gate_gain,
    gated_above_unpruned,
    loss_apart,
    nearer_before,
    off_level,
)
from pruneuq_helpers.chapters.bayesian_pruning.paper import printed_accuracies
from pruneuq_helpers.chapters.bayesian_pruning.tables import outcome
from pruneuq_helpers.claims import Claim, above_chance, only
from pruneuq_helpers.claims.margins import margin

# On CIFAR-10 S3 sees another course of factor and sparsity, and another one for each network.
GREY = ("mnist", "fashion_mnist", "digits")
LOSING = -margin("accuracy").value  # "comparable", "without losing": by no more than that


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: a row a network and state at the last epoch."""
    epochs = run("methods")
    if "variant" in epochs:  # golden rows are of several toy studies, with the same networks in them
        epochs = epochs[epochs["variant"] == 0]
    return outcome(epochs) if len(epochs) else pd.DataFrame()


def _printed(method: str, other: str, level: float | None = None, **where: str) -> float:
    """The mean difference of two columns of S3's Table 1, over data sets, networks and levels."""
    wide = printed_accuracies(**where)
    wide = wide if level is None else wide.xs(level, level="level")
    return float((wide[method] - wide[other]).mean())


def _of(measure: Measure, network: str, without: str = "", but: str = "") -> Measure:
    """The measure of one kind of network alone, or of all `but` it `without` one data set."""

    def narrowed(result: pd.DataFrame) -> pd.Series:
        if not but:
            return measure(result[result["network"] == network])
        return measure(result[(result["network"] != but) | (result["data"] != without)])

    return narrowed


_S3 = partial(Claim, chapter="06", source="S3", each="data")
_ACCURATE = (their_data, above_chance(unpruned_accuracy))

CLAIMS = [
    _S3(
        "S3.table1.keeps-accuracy-90", place="Results, Table 1",
        quote="can prune the networks to a higher sparsity level without losing any accuracy",
        short="accuracy is kept at 90 %",
        finding="Bayesian magnitude pruning to 90 % loses no accuracy.",
        effect="accuracy at the level 0.9 minus that of the unpruned network, share of images",
        measured="accuracy", measure=above_unpruned("Bayes magnitude", 0.9), boundary=LOSING,
        needs=(*_ACCURATE, reached(0.9)), printed=_printed("Bayes magnitude", "unpruned", 0.9),
    ),
    _S3(
        "S3.table1.keeps-accuracy-99", place="Abstract, Table 1",
        quote="achieves high levels of sparsity while maintaining competitive accuracy",
        short="accuracy is kept at 99 %",
        finding="Bayesian magnitude pruning to 99 % loses no accuracy.",
        effect="accuracy at the level 0.99 minus that of the unpruned network, share of images",
        measured="accuracy", measure=above_unpruned("Bayes magnitude", 0.99), boundary=LOSING,
        needs=(*_ACCURATE, reached(0.99)), printed=_printed("Bayes magnitude", "unpruned", 0.99),
    ),
    _S3(
        "S3.table1.better-than-unpruned", place="Results, Table 1",
        quote="They perform better than unpruned networks",
        short="pruned is better than unpruned",
        finding="Networks pruned the Bayesian way are more accurate than unpruned ones.",
        effect="accuracy minus that of the unpruned network, mean of both criteria and all levels, share of images",
        measured="accuracy", measure=gated_above_unpruned, needs=_ACCURATE,
        printed=(_printed("Bayes random", "unpruned") + _printed("Bayes magnitude", "unpruned")) / 2,
    ),
    *[
        _S3(
            f"S3.table1.gate-comparable-{how}", place="Results, Table 1",
            quote="have comparable or better accuracy than baseline neural network pruning methods",
            short=f"the gate costs {how} pruning nothing",
            finding=f"With the gate {how} pruning is as accurate as without, or more so.",
            effect="accuracy with the gate minus without, where the gate acts and both are equally sparse, share of "
            "images",
            measured="accuracy", measure=gate_gain(how), boundary=LOSING,
            needs=(*_ACCURATE, gate_decides(how)), printed=_printed(f"Bayes {how}", how),
        )
        for how in ("magnitude", "random")
    ],
    _S3(
        "S3.fig9.cnn-99-unaffected", place="Fig 9",
        quote="pruning 99% of the parameters does not affect the validation accuracy",
        short="99 % leaves the CNN's accuracy alone",
        finding="On MNIST magnitude pruning to 99 % does not change the accuracy of the convolutional network.",
        effect="accuracy of the CNN at the level 0.99 minus that of the unpruned one, share of images",
        measured="accuracy", measure=_of(above_unpruned("Bayes magnitude", 0.99), "cnn"), direction="=",
        needs=(only("data", "mnist"), only("network", "cnn"), above_chance(unpruned_accuracy), reached(0.99)),
        printed=_printed("Bayes magnitude", "unpruned", 0.99, data="mnist", network="cnn"),
    ),
    _S3(
        "S3.fig5.random-99-is-worst", place="Figs 5, 8, 11, 14, 17, 20",
        quote="The network only starts to become worse at 99%",
        short="random pruning is worst at 99 %",
        finding="The validation loss of random pruning is higher at 99 % than at 25 %.",
        effect="validation loss at the level 0.99 minus that at 0.25, nats",
        measured="NLL", measure=loss_apart("Bayes random", 0.99, 0.25), needs=_ACCURATE,
    ),
    _S3(
        # Of the CNN on MNIST S3 says that 99 % changes nothing: it is asked above.
        "S3.fig6.loss-falls-with-sparsity", place="Figs 6, 12, 15, 18, 21",
        quote="The validation loss continues to improve as 99% sparsity is achieved",
        short="the loss falls with the sparsity",
        finding="The sparser magnitude pruning makes a network, the lower its validation loss.",
        effect="validation loss at the level 0.25 minus that at 0.99, nats",
        measured="NLL", measure=_of(loss_apart("Bayes magnitude", 0.25, 0.99), "", "mnist", but="cnn"),
        needs=_ACCURATE,
    ),
    _S3(
        "S3.fig6.relieves-over-fitting", place="Figs 12, 15, 18, 21",
        quote="Magnitude pruning helps in reducing the effects of overfitting",
        short="pruning relieves over-fitting",
        finding="With magnitude pruning the validation loss rises less above its lowest than without.",
        effect="rise of the validation loss above its lowest at the ends of epochs, unpruned minus pruned, nats",
        measured="NLL", measure=relief, needs=(overfits,),
    ),
    _S3(
        "S3.fig4.random-wavers", place="Figs 4, 7, 10, 13",
        quote="stabilized for magnitude pruning, but it remains fluctuating for random pruning",
        short="random sparsity wavers",
        finding="The sparsity settles with magnitude pruning and keeps wavering with random pruning.",
        effect="standard deviation of the sparsity over the later epochs, random minus magnitude, where both answer, "
        "share of weights",
        measured="sparsity", measure=random_less_magnitude("wavering"), needs=(only("data", *GREY), gates_act),
    ),
    _S3(
        "S3.fig4.random-loss-oscillates", place="Figs 4, 10",
        quote="There are large oscillations in loss values for random pruning",
        short="random pruning's loss oscillates",
        finding="From epoch to epoch the validation loss moves more with random pruning than with magnitude pruning.",
        effect="step of the validation loss from one later epoch to the next, random minus magnitude, where both "
        "answer, nats",
        measured="NLL", measure=random_less_magnitude("oscillation"), needs=(only("data", *GREY),),
    ),
    _S3(
        "S3.fig4.factor-falls", place="Figs 4, 7, 10, 13",
        quote="The Bayes factor begins to reduce as the number of epochs increases",
        short="magnitude's factor falls",
        finding="The Bayes factor of magnitude pruning falls as training goes on.",
        effect="log ratio of the later epochs minus that of the earlier ones, nats an image",
        measured="log-likelihood", measure=trend("magnitude"), direction="<", needs=(only("data", *GREY),),
    ),
    _S3(
        # Of the fully connected network on Fashion-MNIST S3 says only that it fluctuates.
        "S3.fig4.random-factor-rises", place="Figs 4, 7, 13",
        quote="shows an increasing trend for the Bayes factor",
        short="random's factor rises",
        finding="The Bayes factor of random pruning rises as training goes on.",
        effect="log ratio of the later epochs minus that of the earlier ones, nats an image",
        measured="log-likelihood", measure=_of(trend("random"), "", "fashion_mnist", but="fcn"),
        needs=(only("data", *GREY),),
    ),
    Claim(
        "book.bayes.zeros-grow-back", "06", "book", "ch. 6", "",
        short="zeros grow back",
        finding="Zeros that nobody holds grow back: before its prune a network is less sparse than its row says.",
        effect="measured sparsity before the prune minus the level named, no gate, share of weights",
        measured="sparsity", measure=off_level, direction="<", each="data",
    ),
    Claim(
        "book.bayes.numbers-of-regrown", "06", "book", "ch. 6", "",
        short="S3's numbers are of regrown networks",
        finding="S3's losses of accuracy are nearer to those of networks before their prune than at the level named.",
        effect="distance to S3's losses of accuracy at the level named minus that before the prune, share of images",
        measured="accuracy", measure=nearer_before, each="data",
        needs=(only("data", "mnist", "fashion_mnist", "cifar10"), above_chance(unpruned_accuracy)),
    ),
]  # fmt: skip
