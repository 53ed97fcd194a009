"""An answer passes by whatever means it gets there: the check sees values, and functions that it can call."""

import subprocess
import sys


def passed(found: list[dict]) -> list[bool]:
    for one in found:
        assert one["passed"], one["remark"]
    return [one["passed"] for one in found]


def test_one_number_in_many_forms(outcomes):
    answers = [
        "twice = 2 * seeds",
        "twice = float(seeds + seeds)",
        "from fractions import Fraction\ntwice = Fraction(8, 2)",
        "from decimal import Decimal\ntwice = Decimal(4)",
        "import numpy as np\ntwice = np.int64(4)",
        "import numpy as np\ntwice = np.array(4)",
        "class Own(int):\n    pass\ntwice = Own(4)",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\ntwice = 4",
        "!true\nglobals()['tw' + 'ice'] = 4",
        "from IPython.display import display\ndisplay(4)\nprint(4)\ntwice = 4\ntwice",
    ]
    assert passed(outcomes(answers, "twice = ...", "assert twice == 4, 'twice the seeds'", "seeds = 2"))


def test_one_function_in_many_forms(outcomes):
    answers = [
        "def square(x):\n    return x * x",
        "square = lambda x: x**2",
        "class Square:\n    def __call__(self, x):\n        return x * x\nsquare = Square()",
        "from functools import partial\nsquare = partial(pow, exp=2)",
        "import numpy as np\nsquare = np.square",
        "helper = scale\ndef square(x):\n    return helper(x) * x",
    ]
    check = "for value in (-3, 4):\n    assert square(value) == value * value, f'the square of {value}'"
    assert passed(outcomes(answers, "def square(x):\n    ...", check, "def scale(x):\n    return x"))


def test_a_function_may_give_and_take_functions_and_objects_of_the_chapter(outcomes):
    chapter = "class Thing:\n    size = 3\n\nthing = Thing()\n\ndef sizes(thing):\n    return [thing.size]"
    answers = [
        """
def make(f):
    return lambda some: f(some)[0] + size_of(some) if some is thing else 2 * f(some)

def size_of(t):
    return len(t) if isinstance(t, str) else t.size
"""
    ]
    stub = "def make(f):\n    ...\n\n\ndef size_of(t):\n    ..."
    check = """
class Other:
    size = 4

assert make(sizes)(thing) == 6, "a function of the chapter, by its name"
assert make(size_of)("text") == 8, "a function of the answer's own"
assert size_of(Other()) == 4, "an object of the check"
"""
    assert passed(outcomes(answers, stub, check, chapter))


NETWORKS = """
import torch
def start():
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 1)
    return net, torch.optim.Adam(net.parameters(), lr=0.1), torch.Generator().manual_seed(0)
"""
TRAINS = """
def train(net, optimiser, generator):
    x = torch.randn(8, 2, generator=generator)
    optimiser.zero_grad()
    net(x).square().mean().backward()
    optimiser.step()
"""


def test_a_function_of_an_answer_trains_the_networks_of_the_check(outcomes):
    check = f"""{TRAINS.replace("def train", "def plain")}
one, other = start(), start()
for _ in range(3):
    train(*one)
    plain(*other)
assert torch.equal(one[0].weight, other[0].weight), "not trained alike"
assert torch.equal(one[2].get_state(), other[2].get_state())
"""
    stub = "def train(net, optimiser, generator):\n    ..."
    assert passed(outcomes([TRAINS], stub, check, NETWORKS))
    assert outcomes([stub], stub, check, NETWORKS) == [{"passed": False, "remark": "not trained alike"}]


def test_a_network_that_the_stub_begins_with_is_taken_with_its_weights_alone(outcomes):
    stub = "net = torch.nn.Linear(2, 1)\n...  # YOUR CODE HERE: set its weights to one"
    check = "assert (net.weight == 1).all(), 'to one'\nassert net(torch.ones(1, 2)).shape == (1, 1)"
    base = "net = torch.nn.Linear(2, 1)\n"
    answers = [
        base + "net.weight.data.fill_(1)",
        base + "net.load_state_dict({'weight': torch.ones(1, 2), 'bias': torch.zeros(1)})",
        base,
        "net = torch.nn.Linear(3, 1)\nnet.weight.data.fill_(1)",
        "net = 1",
    ]
    found = outcomes(answers, stub, check, "import torch")
    assert [one["passed"] for one in found] == [True, True, False, False, False]
    assert found[3]["remark"] == "`net` is not of the form that the exercise starts with"


def test_class_and_network_of_an_answer_are_called_where_they_are(outcomes):
    stub = "class Net(torch.nn.Module):\n    ...\n\n\nnet = torch.nn.Sequential(...)"
    answer = """
class Net(torch.nn.Module):
    def forward(self, x):
        return 2 * x

net = torch.nn.Sequential(Net())
"""
    check = "x = torch.ones(3)\nassert (Net()(x) == 2).all()\nassert (net(x).detach() == 2).all()"
    assert passed(outcomes([answer], stub, check, "import torch"))


def test_module_of_a_sitting_is_not_taken_from_the_folder_that_it_runs_in(outcomes, tmp_path):
    answers = ["open('fractions.py', 'w').write('Fraction = lambda *a: 4')\ntwice = 3", "twice = 3"]
    check = "from fractions import Fraction\nassert twice == Fraction(4), 'four'"
    assert [one["remark"] for one in outcomes(answers, "twice = ...", check)] == ["four", "four"]
    assert (tmp_path / "fractions.py").exists()


def test_import_of_the_checker_needs_no_notebook_library():
    code = "import sys, pruneuq_helpers.exercises.sitting as s; print(sorted({'torch', 'IPython'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
