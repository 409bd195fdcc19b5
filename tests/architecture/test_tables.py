"""A feature's tables are its own: others ask its queries. Only the readers at the top look everywhere."""

import grimp
import pytest

READERS = frozenset({"overview", "exports"})


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", cache_dir=None)


def owner(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def models(graph: grimp.ImportGraph) -> list[str]:
    return sorted(module for module in graph.modules if module.count(".") == 2 and module.endswith(".models"))


def strays(graph: grimp.ImportGraph) -> list[tuple[str, str]]:
    return [
        (importer, module)
        for module in models(graph)
        for importer in sorted(graph.find_modules_that_directly_import(module))
        if owner(importer) not in {owner(module), *READERS} and owner(importer) != "demo"
    ]


def test_only_a_feature_itself_imports_its_models(graph: grimp.ImportGraph) -> None:
    assert len(models(graph)) >= 6
    assert strays(graph) == []


def test_a_stray_import_would_be_seen(graph: grimp.ImportGraph) -> None:
    graph.add_import(importer="app.campaigns.queries.visits", imported="app.accounts.models")
    assert strays(graph) == [("app.campaigns.queries.visits", "app.accounts.models")]
    graph.remove_import(importer="app.campaigns.queries.visits", imported="app.accounts.models")


def test_the_readers_never_write(graph: grimp.ImportGraph) -> None:
    """They may look at every table, so they may have no actions."""
    assert not [module for module in graph.modules if owner(module) in READERS and ".actions" in module]
