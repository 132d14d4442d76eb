"""Modules as one script."""

from __future__ import annotations

import pytest

from nanie_actors.cli.page_assets import load_page_assets
from nanie_actors.export.script_bundle import NotBundled, bundled


def test_a_module_comes_once_and_after_what_it_imports() -> None:
    modules = {
        "a.js": 'import { b } from "./b.js";\nimport {\n  c,\n} from "./c.js";\nb(c);\n',
        "b.js": 'import { c } from "./c.js";\nexport function b() {}\nexport class B {}\n',
        "c.js": "export const c = 1;\nconst hidden = 2;\n",
        "unused.js": "export default 1;",
    }
    script = bundled(modules, "a.js")
    assert [line for line in script.splitlines() if line.startswith("modules[")] == [
        'modules["c.js"] = (() => {',
        'modules["b.js"] = (() => {',
        'modules["a.js"] = (() => {',
    ]
    assert "return { b, B };" in script
    assert "return { c };" in script
    assert "export" not in script
    assert "import" not in script


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./b.js";',
        'import { x as y } from "./b.js";',
        'import * as x from "./b.js";',
        'import "./b.js";',
        'import { x } from "b";',
        "export default function x() {}",
        'export { x } from "./b.js";',
        "export let x = 1;",
        'import { x } from "./gone.js";',
        'import { x } from "./a.js";',
    ],
)
def test_a_form_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(NotBundled):
        bundled({"a.js": text, "b.js": "export const x = 1;"}, "a.js")


def test_the_picture_keeps_to_the_known_forms() -> None:
    assets = load_page_assets()
    assert 'modules["picture.js"]' in assets.script
    assert ".np-lane" in assets.style
