#!/usr/bin/env escript
%% The examples of Erlang's gen_sctp(3): a server that prints all that it receives; a client that has
%% five streams, sends on the first and, in vain, on the sixth, and aborts; and one socket that connects
%% to two servers without waiting for either, and prints the result of both.
%%
%% Each line of standard input starts one of them, whose output goes to FILE and ends with "done":
%%
%%   server FILE PORT
%%   client FILE PORT, and then: abort
%%   two FILE PORT PORT
-include_lib("kernel/include/inet_sctp.hrl").

-define(HOST, {127, 0, 0, 1}).

main([]) ->
    case io:get_line("") of
        eof -> ok;
        Line -> spawn(fun() -> obey(string:lexemes(Line, " \n")) end), main([])
    end.

obey(["abort"]) ->
    client ! abort;
obey([Mode, File | Ports]) ->
    {ok, Out} = file:open(File, [write]),
    group_leader(Out, self()),
    try run(Mode, [list_to_integer(Port) || Port <- Ports])
    catch _:Why -> io:format("~0p~n", [Why])
    end,
    io:format("done~n").

run("server", [Port]) ->
    {ok, S} = gen_sctp:open(Port, [{ip, ?HOST}, {recbuf, 65536}]),
    ok = gen_sctp:listen(S, true),
    io:format("listening~n"),
    print_all(S);
run("client", [Port]) ->
    register(client, self()),
    {ok, S} = gen_sctp:open([{ip, ?HOST}]), % otherwise the server learns all addresses of this host
    {ok, Up} = gen_sctp:connect(S, ?HOST, Port, five_streams()),
    io:format("~0p~n", [Up]),
    io:format("~0p~n", [gen_sctp:send(S, Up, 0, <<"[0] Test 0">>)]),
    io:format("~0p~n", [gen_sctp:send(S, Up, 5, <<"[5] Test 5">>)]),
    receive abort -> ok end,
    io:format("~0p~n", [gen_sctp:abort(S, Up)]),
    ok = gen_sctp:close(S);
run("two", Ports) ->
    {ok, S} = gen_sctp:open(),
    [ok = gen_sctp:connect_init(S, ?HOST, Port, [{active, true} | five_streams()])
     || Port <- Ports],
    io:format("begun~n"),
    results(S, Ports),
    ok = gen_sctp:close(S).

five_streams() -> [{sctp_initmsg, #sctp_initmsg{num_ostreams = 5}}].

print_all(S) ->
    io:format("~0p~n", [gen_sctp:recv(S)]),
    print_all(S).

%% Prints the first association change of each port; these come in any order.
results(_, []) -> ok;
results(S, Ports) ->
    receive
        {sctp, S, _, Port, {_, #sctp_assoc_change{state = State} = Change}} ->
            io:format("~p ~p ~p out ~p in~n",
                      [Port, State, Change#sctp_assoc_change.outbound_streams,
                       Change#sctp_assoc_change.inbound_streams]),
            results(S, lists:delete(Port, Ports));
        Other ->
            io:format("~0p~n", [Other]),
            results(S, Ports)
    after 300000 ->
        io:format("nothing more of ~p~n", [Ports])
    end.
