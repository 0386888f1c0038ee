"""The one invoice that has nearly everything, for tests and documentation to show."""

from __future__ import annotations

from duetrail_sandbox.company.escalation import plan_callout, work_callout
from duetrail_sandbox.company.plots import Plot
from duetrail_sandbox.company.story import Scene

__all__ = ["SHOWPIECE"]


def _long_story(scene: Scene) -> None:
    """Nearly everything that can happen to one invoice."""
    scene.issue()
    scene.past_due(-3)
    scene.write("payment_upcoming")
    scene.past_due(4)
    scene.bounce("payment_overdue")
    scene.wait(1, 2)
    scene.hear("reply_copy")
    scene.wait(2, 3)
    scene.ring("voicemail")
    scene.wait(2, 3)
    scene.ring("no_answer")
    scene.wait(1, 3)
    scene.promise(days=10)
    scene.wait(1, 1)
    scene.write("promise_confirmed")
    scene.wait(6, 8)
    scene.pay(40)
    scene.wait(8, 10)
    scene.write("final_notice")
    scene.wait(7, 8)
    work_callout(scene, "opened", "voicemail")
    scene.wait(1, 2)
    work_callout(scene, "bounced", "answered", "clicked")
    scene.wait(3, 5)
    scene.pay(50, approved=False)
    scene.wait(1, 2)
    scene.ring("inquiry", inbound=True)
    plan_callout(scene)
    scene.write("second_notice", status="draft")
    scene.plan_call()


SHOWPIECE = Plot("long_story", 0, 105, 10, "receivable", _long_story)
