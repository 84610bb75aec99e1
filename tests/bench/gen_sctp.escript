#!/usr/bin/env escript
%%! -noinput
%% Erlang's SCTP as an echo server, for the bench: no more than it needs, and compiled.  With its own
%% small receive buffer 32 messages of 64 bytes would wait for seconds.
%%
%%   gen_sctp.escript PORT
-mode(compile).
-include_lib("kernel/include/inet_sctp.hrl").

main([Port]) ->
    {ok, S} = gen_sctp:open(list_to_integer(Port),
                            [{active, false}, binary, {ip, {127, 0, 0, 1}}, {sctp_nodelay, true},
                             {recbuf, 262144}, {sndbuf, 262144}]),
    ok = gen_sctp:listen(S, true),
    io:format("listening~n"),
    echo(S).

echo(S) ->
    case gen_sctp:recv(S) of
        {ok, {_, _, [#sctp_sndrcvinfo{stream = Stream, assoc_id = Id}], Data}} when is_binary(Data) ->
            gen_sctp:send(S, #sctp_sndrcvinfo{stream = Stream, assoc_id = Id}, Data);
        _ ->
            ok
    end,
    echo(S).
