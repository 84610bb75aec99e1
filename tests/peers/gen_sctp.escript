#!/usr/bin/env escript
%%! -noinput
%% Erlang's SCTP: a server that prints what comes, a client that connects, sends and aborts, and one
%% that has its words echoed.
%%
%%   gen_sctp.escript server|client|echo PORT
-include_lib("kernel/include/inet_sctp.hrl").

main([Mode, Port]) -> run(Mode, list_to_integer(Port)).

run("server", Port) ->
    {ok, S} = gen_sctp:open(Port, [{active, false}, binary, {ip, {127, 0, 0, 1}}]),
    ok = gen_sctp:listen(S, true),
    io:format("listening~n"),
    tell(S);
run("client", Port) ->
    {S, Assoc} = connect(Port),
    #sctp_assoc_change{outbound_streams = 5, assoc_id = Id} = Assoc,
    ok = gen_sctp:send(S, Assoc, 0, <<"on stream 0">>),
    ok = gen_sctp:send(S, Assoc, 4, <<"on stream 4">>),
    {error, einval} = gen_sctp:send(S, Assoc, 5, <<"one too many">>),
    {ok, [{sctp_rtoinfo, #sctp_rtoinfo{initial = 3000}}]} =
        inet:getopts(S, [{sctp_rtoinfo, #sctp_rtoinfo{assoc_id = Id}}]),
    timer:sleep(200),
    ok = gen_sctp:abort(S, Assoc),
    io:format("done~n");
run("echo", Port) ->
    {S, Assoc} = connect(Port),
    ok = gen_sctp:send(S, Assoc, 3, <<"hello from Erlang">>),
    {<<"hello from Erlang">>, Stream} = data(S),
    io:format("back on stream ~b~n", [Stream]),
    gen_sctp:close(S).

connect(Port) ->
    {ok, S} = gen_sctp:open([{active, false}, binary]),
    {ok, Assoc} = gen_sctp:connect(S, {127, 0, 0, 1}, Port,
                                   [{sctp_initmsg, #sctp_initmsg{num_ostreams = 5}}]),
    {S, Assoc}.

data(S) ->
    case gen_sctp:recv(S, 10000) of
        {ok, {_, _, [#sctp_sndrcvinfo{stream = Stream}], Data}} when is_binary(Data) ->
            {Data, Stream};
        {ok, _} -> data(S)
    end.

tell(S) ->
    {ok, {_, _, _, Data}} = gen_sctp:recv(S, 20000),
    case Data of
        #sctp_assoc_change{state = comm_lost} -> io:format("lost~n");
        #sctp_assoc_change{state = State} -> io:format("~p~n", [State]), tell(S);
        _ when is_binary(Data) -> io:format("~s~n", [Data]), tell(S);
        _ -> tell(S)
    end.
