"""Rows are changed where docs/architecture.md says: by storage, in the transactions of flows."""

import ast

from support.source.modules import MODULES, TREES, inside, layer_of


def test_an_entry_point_writes_through_a_flow_alone():
    for name in MODULES:
        if layer_of(name) in ("web", "cli"):
            asked = {node.id for node in ast.walk(TREES[name]) if isinstance(node, ast.Name)}
            called = {n.attr for n in ast.walk(TREES[name]) if isinstance(n, ast.Attribute)}
            assert not {"transaction", "commit", "flush"} & (asked | called), name


def storage_writers() -> set[tuple[str, str]]:
    """Return module and name of every function of storage that changes a row."""
    functions = {
        (name.rpartition(".")[2], node.name): node
        for name, tree in TREES.items()
        if layer_of(name) == "storage"
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    writers = {("db", verb) for verb in ("changed", "insert", "ensure", "make_sure")}
    found = set()
    while found != writers:
        found = set(writers)
        for (module, name), node in functions.items():
            known = {verb for where, verb in writers if where in (module, "db")}
            if called(node) & (writers | {("", verb) for verb in known}):
                writers.add((module, name))
    return writers


def called(node: ast.AST) -> set[tuple[str, str]]:
    """Return every function that is called in a piece of code, with the module it is called on."""
    calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    plain = {("", func.id) for func in calls if isinstance(func, ast.Name)}
    of_modules = {
        (func.value.id, func.attr)
        for func in calls
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    }
    return plain | of_modules


WRITERS = storage_writers()


def test_the_search_for_what_writes_finds_it():
    assert {("users", "rename"), ("sessions", "revoke"), ("challenges", "lock_all")} - WRITERS == {
        ("challenges", "lock_all")
    }


def test_an_entry_point_calls_nothing_of_storage_that_writes():
    for name, tree in TREES.items():
        if layer_of(name) in ("web", "cli"):
            names = {
                alias.asname or alias.name: alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("twofa.storage")
                for alias in node.names
            }
            asked = {(names.get(module, ""), verb) for module, verb in called(tree)}
            asked |= {("", names[verb]) for module, verb in called(tree) if verb in names}
            plain = {("", verb) for _, verb in WRITERS} & {("", one) for one in names.values()}
            assert not asked & (WRITERS | plain), name


def test_storage_opens_no_transaction():
    for name, tree in TREES.items():
        if layer_of(name) == "storage" and inside(name) != "storage.engine.db":
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert "transaction" not in names, name


ACCOUNT = {"users", "factors", "recovery_codes"}
"""The tables that belong to an account's own row."""
MADE_HERE = {("users", "add"), ("users", "add_by_phone")}
"""What makes the account: nobody else knows it yet."""
LOCKERS = {"flows.account_lock", "flows.phone_sign_in.pending_visit"}
GUARDED = {("users", "rehash")}
"""One statement, which says by itself what it may change."""


def test_a_flow_that_changes_an_account_locks_it_first():
    for name, tree in TREES.items():
        if layer_of(name) != "flows":
            continue
        locks = {("users", "lock"), ("challenges", "lock_all")} & called(tree)
        assert not locks or inside(name) in LOCKERS, name
        for block in ast.walk(tree):
            if isinstance(block, ast.With) and any(
                ("", "transaction") in called(item) for item in block.items
            ):
                calls = called(block)
                changes = {one for one in calls & WRITERS if one[0] in ACCOUNT} - GUARDED
                assert not changes or calls & MADE_HERE, f"{name}: {changes}"


def test_only_one_rule_says_whether_two_factor_sign_in_is_on():
    for name, tree in TREES.items():
        compared = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Compare)
            for side in (node.left, *node.comparators)
            if isinstance(side, ast.Attribute) and side.attr == "twofa_since"
        ]
        assert not compared or inside(name) in (
            "domain.sessions.assurance",
            "storage.accounts.users",
        ), name
