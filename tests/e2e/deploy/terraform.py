"""Evaluates locals of a Terraform module, of which python-hcl2 parses the text.

Standard input: {"files": […], "variables": {…}, "locals": {…}, "wanted": […]}, where `locals` are those that come from AWS. It knows the part of the
language (https://developer.hashicorp.com/terraform/language/expressions) that the policies of deploy/terraform use, and fails on anything else.
"""

import json
import sys

import hcl2
from lark import Tree

FUNCTIONS = {
    "concat": lambda *lists: [item for one in lists for item in one],
    "contains": lambda items, item: item in items,
    "length": len,
    "merge": lambda *objects: {key: value for one in objects for key, value in one.items()},
    "trimprefix": lambda text, prefix: text.removeprefix(prefix),
}
OPERATORS = {"!=": lambda a, b: a != b, ">": lambda a, b: a > b}


def trees(tree):
    """The children of a tree that have a meaning, without punctuation."""
    return [it for it in tree.children if isinstance(it, Tree) and it.data != "new_line_or_comment"]


def name(tree):
    return str(tree.children[0])


class Module:
    def __init__(self, asked):
        self.roots = {"var": dict(asked["variables"]), "local": dict(asked["locals"])}
        self.expressions = {}
        for path in asked["files"]:
            with open(path, encoding="utf-8") as file:
                for block in hcl2.parses_to_tree(file.read()).find_data("block"):
                    self.read(block)

    def read(self, block):
        kind, *labels = [it for it in trees(block) if it.data in ("identifier", "string")]
        attributes = {name(trees(it)[0]): trees(it)[-1] for it in trees(trees(block)[-1]) if it.data == "attribute"}
        if name(kind) == "locals":
            self.expressions.update(attributes)
        if name(kind) == "variable" and "default" in attributes:
            label = self.value(labels[0], {})
            self.roots["var"].setdefault(label, self.value(attributes["default"], {}))

    def local(self, key):
        if key not in self.roots["local"]:
            self.roots["local"][key] = self.value(self.expressions[key], {})
        return self.roots["local"][key]

    def value(self, tree, scope):
        return getattr(self, tree.data)(tree, scope)

    def expr_term(self, tree, scope):
        (only,) = trees(tree)
        return self.value(only, scope)

    interpolation = expr_term

    def identifier(self, tree, scope):
        return scope[name(tree)]

    def int_lit(self, tree, _):
        return int(name(tree))

    def literal_value(self, tree, _):
        return {"true": True, "false": False, "null": None}[name(tree)]

    def string(self, tree, scope):
        return "".join(str(self.string_part(it, scope)) for it in trees(tree))

    def string_part(self, tree, scope):
        (part,) = tree.children
        return self.value(part, scope) if isinstance(part, Tree) else str(part).replace("$${", "${")

    def get_attr_expr_term(self, tree, scope):
        of, attribute = trees(tree)
        key = name(trees(attribute)[0])
        root = trees(of)[0] if of.data == "expr_term" else of
        if root.data == "identifier" and name(root) not in scope:
            return self.local(key) if name(root) == "local" else self.roots[name(root)][key]
        return self.value(of, scope)[key]

    def tuple(self, tree, scope):
        return [self.value(it, scope) for it in trees(tree)]

    def object(self, tree, scope):
        return dict(self.entry(it, scope) for it in trees(tree))

    def entry(self, tree, scope):
        key, value = trees(tree)
        inner = trees(trees(key)[0])[0]
        return (name(inner) if inner.data == "identifier" else self.value(inner, scope)), self.value(value, scope)

    def function_call(self, tree, scope):
        called, *arguments = trees(tree)
        values = [self.value(it, scope) for argument in arguments for it in trees(argument)]
        return FUNCTIONS[name(called)](*values)

    def conditional(self, tree, scope):
        condition, true, false = trees(tree)
        return self.value(true if self.value(condition, scope) else false, scope)

    def binary_op(self, tree, scope):
        left, term = trees(tree)
        operator, right = trees(term)
        return OPERATORS[name(operator)](self.value(left, scope), self.value(right, scope))

    def unary_op(self, tree, scope):
        assert tree.children[0] == "!"
        return not self.value(trees(tree)[0], scope)

    def each(self, intro, scope):
        *names, over = trees(intro)
        over = self.value(over, scope)
        for item in over.items() if isinstance(over, dict) else over:
            yield {**scope, **dict(zip(map(name, names), item if len(names) == 2 else [item]))}

    def for_tuple_expr(self, tree, scope):
        intro, value = trees(tree)
        return [self.value(value, inner) for inner in self.each(intro, scope)]

    def for_object_expr(self, tree, scope):
        intro, key, value, *condition = trees(tree)
        kept = (it for it in self.each(intro, scope) if all(self.value(trees(c)[0], it) for c in condition))
        return {self.value(key, it): self.value(value, it) for it in kept}


asked = json.load(sys.stdin)
module = Module(asked)
json.dump({key: module.local(key) for key in asked["wanted"]}, sys.stdout)
