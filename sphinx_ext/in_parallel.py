"""Let Sphinx read pages in several processes: mend two extensions that could, but do not say or do what it takes."""

from sphinx_proof.domain import ProofDomain


class Proofs(ProofDomain):
    """The domain of algorithms and proofs."""

    def merge_domaindata(self, docnames, otherdata):
        """Nothing: the extension keeps its list elsewhere, and merges it when it is told of `env-merge-info`."""


def _declare(app, config):
    # It numbers the chapters when all pages were read, in the one process that has them all.
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True


def setup(app):
    app.setup_extension("sphinx_proof")
    app.add_domain(Proofs, override=True)
    app.connect("config-inited", _declare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
