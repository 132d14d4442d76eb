#!/usr/bin/env escript
%% One process tells messages in turn to all others, which count them; prints the messages per second.
%% The same as fan_out in runtime.py: from the first message told until the last one is counted.
-mode(compile).

main([Actors, Messages]) ->
    Count = list_to_integer(Actors),
    Rounds = list_to_integer(Messages) div Count,
    Here = self(),
    Pids = [spawn(fun() -> Here ! started, counting(Rounds, Here) end) || _ <- lists:seq(1, Count)],
    [receive started -> ok end || _ <- Pids],
    Began = erlang:monotonic_time(nanosecond),
    tell_all(Rounds, Pids),
    [receive done -> ok end || _ <- Pids],
    Took = erlang:monotonic_time(nanosecond) - Began,
    io:format("~w~n", [Rounds * Count * 1.0e9 / Took]).

tell_all(0, _) -> ok;
tell_all(Rounds, Pids) ->
    tell(Pids),
    tell_all(Rounds - 1, Pids).

tell([]) -> ok;
tell([Pid | Others]) ->
    Pid ! message,
    tell(Others).

counting(0, Here) -> Here ! done;
counting(Left, Here) ->
    receive message -> counting(Left - 1, Here) end.
