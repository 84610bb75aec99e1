#!/usr/bin/env escript
%%! -noinput
%% Erlang's SCTP: a server that prints and echoes messages; a client that connects, sends and aborts;
%% and a client that sends a greeting and prints what it receives.
%%
%%   gen_sctp.escript server|client|say PORT
-include_lib("kernel/include/inet_sctp.hrl").

main([Mode, Port]) -> run(Mode, list_to_integer(Port)).

run("server", Port) ->
    {ok, S} = gen_sctp:open(Port, [{active, false}, binary, {ip, {127, 0, 0, 1}}]),
    ok = gen_sctp:listen(S, true),
    io:format("listening~n"),
    tell(S, true);
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
run("say", Port) ->
    {S, Assoc} = connect(Port),
    ok = gen_sctp:send(S, Assoc, 3, <<"hello.">>),
    tell(S, false).

connect(Port) ->
    {ok, S} = gen_sctp:open([{active, false}, binary]),
    {ok, Assoc} = gen_sctp:connect(S, {127, 0, 0, 1}, Port,
                                   [{sctp_initmsg, #sctp_initmsg{num_ostreams = 5}}]),
    {S, Assoc}.

%% A message that was not acknowledged when the peer aborted is reported as an error, by OTP 25 with
%% the raw address.
tell(S, SendBack) ->
    case gen_sctp:recv(S, 300000) of
        {ok, {_, _, Info, Data}} -> tell(S, SendBack, Info, Data);
        {error, {_, _, _, #sctp_send_failed{}}} -> tell(S, SendBack);
        {error, {_, _, #sctp_send_failed{}}} -> tell(S, SendBack)
    end.

tell(S, SendBack, Info, Data) ->
    case Data of
        #sctp_assoc_change{state = comm_up} ->
            io:format("comm_up~n"),
            tell(S, SendBack);
        #sctp_assoc_change{state = State} ->
            io:format("~p~n", [State]);
        _ when is_binary(Data) ->
            io:format("~s~n", [Data]),
            [#sctp_sndrcvinfo{stream = Stream, assoc_id = Id}] = Info,
            SendBack andalso
                gen_sctp:send(S, #sctp_sndrcvinfo{stream = Stream, assoc_id = Id}, Data),
            tell(S, SendBack);
        _ ->
            tell(S, SendBack)
    end.
