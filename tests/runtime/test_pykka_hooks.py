"""Pykka's private parts that we build on: a new Pykka that changes one of them must fail here, not in use."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pykka
import pytest
from pykka import _actor, _introspection, _ref, messages

import nanie_actors.runtime


def parameters(function: Callable[..., Any]) -> list[str]:
    return [str(parameter).split(":")[0] for parameter in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (_actor.Actor._create_actor_inbox, []),
        (_actor.Actor._create_future, []),
        (_actor.Actor._start_actor_loop, ["self"]),
        (_actor.Actor.start, ["*args", "**kwargs"]),
        (_actor.Actor.stop, ["self"]),
        (_actor.Actor.on_failure, ["self", "exception_type", "exception_value", "traceback"]),
        (_ref.ActorRef.__init__, ["self", "actor"]),
        (_ref.ActorRef.tell, ["self", "message"]),
        (_ref.ActorRef.proxy, ["self"]),
        (_introspection.get_attr_directly, ["root", "attr_path"]),
    ],
)
def test_a_hook_has_the_signature_we_wrote_against(function: Callable[..., Any], expected: list[str]) -> None:
    assert parameters(function) == expected


def test_an_actor_has_these_hooks_and_no_others() -> None:
    abstract = {"_create_actor_inbox", "_create_future", "_start_actor_loop"}
    assert _actor.Actor.__abstractmethods__ == abstract


def test_a_ref_keeps_these_attributes_of_its_actor() -> None:
    class Probe(pykka.ThreadingActor):
        pass

    assert set(vars(pykka.ActorRef(Probe()))) == {
        "_actor_weakref",
        "actor_class",
        "actor_urn",
        "actor_inbox",
        "actor_stopped",
    }


def test_the_messages_of_a_proxy_and_of_a_stop_are_what_they_were() -> None:
    fields = {
        name: getattr(messages, name)._fields
        for name in ("_ActorStop", "ProxyCall", "ProxyGetAttr", "ProxySetAttr")
    }
    assert fields == {
        "_ActorStop": (),
        "ProxyCall": ("attr_path", "args", "kwargs"),
        "ProxyGetAttr": ("attr_path",),
        "ProxySetAttr": ("attr_path", "value"),
    }


def test_only_one_file_touches_what_pykka_keeps_private() -> None:
    touching = set()
    for path in Path(nanie_actors.runtime.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pykka._"):
                touching.add(path.name)
            if isinstance(node, ast.Attribute | ast.FunctionDef):
                name = node.attr if isinstance(node, ast.Attribute) else node.name
                if name in {
                    "_ActorStop",
                    "_create_future",
                    "_start_actor_loop",
                    "_actor_weakref",
                    "_handle_receive",
                }:
                    touching.add(path.name)
    assert touching == {"pykka_hooks.py"}
