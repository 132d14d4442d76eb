"""Pykka actors on a small pool of threads: mailboxes, supervision, timers, dead letters, inspection.

It knows nothing of what the actors are for. Start reading at `cell` (the turn) and `life` (the transitions).
"""

from nanie_actors.runtime.actor import PooledActor
from nanie_actors.runtime.clock import Clock, ManualClock, SystemClock
from nanie_actors.runtime.context import ActorContext
from nanie_actors.runtime.dead_letters import DeadKind, DeadLetter, DeadLetters, DeadNote, DeadReason
from nanie_actors.runtime.dispatcher import Dispatcher, StuckHandler
from nanie_actors.runtime.errors import AskInsideActor, NameTaken, RuntimeFault, StepsExhausted, SystemClosed
from nanie_actors.runtime.hand_run import HandRunDispatcher
from nanie_actors.runtime.inspection import Unanswered, inspect_all
from nanie_actors.runtime.messages import ChildFailed, FailurePhase, Inspect, Terminated
from nanie_actors.runtime.pool import PoolDispatcher
from nanie_actors.runtime.ref import PooledRef
from nanie_actors.runtime.report import ActorReport, ActorState
from nanie_actors.runtime.spare_work import SpareWork
from nanie_actors.runtime.supervision import Quarantine, RestartAfter, RestartPolicy
from nanie_actors.runtime.system import ActorSystem
from nanie_actors.runtime.timers import Cancellable, ManualTimers, ThreadTimers, Timers

__all__ = [
    "ActorContext",
    "ActorReport",
    "ActorState",
    "ActorSystem",
    "AskInsideActor",
    "Cancellable",
    "ChildFailed",
    "Clock",
    "DeadKind",
    "DeadLetter",
    "DeadLetters",
    "DeadNote",
    "DeadReason",
    "Dispatcher",
    "FailurePhase",
    "HandRunDispatcher",
    "Inspect",
    "ManualClock",
    "ManualTimers",
    "NameTaken",
    "PoolDispatcher",
    "PooledActor",
    "PooledRef",
    "Quarantine",
    "RestartAfter",
    "RestartPolicy",
    "RuntimeFault",
    "SpareWork",
    "StepsExhausted",
    "StuckHandler",
    "SystemClock",
    "SystemClosed",
    "Terminated",
    "ThreadTimers",
    "Timers",
    "Unanswered",
    "inspect_all",
]
