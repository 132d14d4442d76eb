"""Who may see and link what."""

from __future__ import annotations

from making import GROUP, OTHER_GROUP

from nanie_actors.actors.access import AccessPolicy, Allowed, Asker
from nanie_actors.model import ConversationId

ONE, TWO = Asker(ConversationId("one"), "dana"), Asker(ConversationId("two"))


def test_an_open_policy_lets_everybody_see_and_link_everything() -> None:
    policy = AccessPolicy("open")
    assert policy.may_link(ONE, GROUP) == "yes"
    assert policy.may_see(TWO, GROUP)


def test_an_allowlist_lets_link_only_what_a_rule_names() -> None:
    policy = AccessPolicy("allowlist", [Allowed("one", GROUP), Allowed("t*", "*2@g.us")])
    assert policy.may_link(ONE, GROUP) == "yes"
    assert policy.may_link(ONE, OTHER_GROUP) == "no"
    assert policy.may_link(TWO, OTHER_GROUP) == "yes"
    assert policy.may_link(TWO, GROUP) == "no"
    assert [policy.may_see(ONE, group) for group in (GROUP, OTHER_GROUP)] == [True, False]


def test_a_rule_may_name_who_wrote_the_message() -> None:
    policy = AccessPolicy("allowlist", [Allowed(sender="d*")])
    assert policy.may_link(ONE, GROUP) == "yes"
    assert policy.may_link(Asker(ConversationId("one"), "eve"), GROUP) == "no"


def test_a_sender_that_the_app_does_not_tell_matches_no_name() -> None:
    policy = AccessPolicy("allowlist", [Allowed(sender="?*")])
    assert policy.may_link(TWO, GROUP) == "no"


def test_an_allowlist_without_rules_lets_nobody_in() -> None:
    assert AccessPolicy("allowlist").may_link(ONE, GROUP) == "no"


def test_codes_open_every_group_but_show_none_that_no_rule_names() -> None:
    policy = AccessPolicy("code", [Allowed("one", GROUP)])
    assert {policy.may_link(asker, group) for asker in (ONE, TWO) for group in (GROUP, OTHER_GROUP)} == {
        "code"
    }
    assert policy.may_see(ONE, GROUP)
    assert not policy.may_see(ONE, OTHER_GROUP)
    assert not AccessPolicy("code").may_see(ONE, GROUP)
