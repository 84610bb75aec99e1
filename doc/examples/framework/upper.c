/* upper - a server that no client can stop: sends each message back in upper case */
#include <ctype.h>
#include <server/server.h>

static void shout(struct unp_server *srv, struct unp_association *a, const struct unp_message *msg)
{
    struct sctp_sndinfo snd = {.snd_ppid = msg->rcv.rcv_ppid};

    snd.snd_sid = msg->rcv.rcv_sid < a->ostreams ? msg->rcv.rcv_sid : 0;
    for (size_t i = 0; i < msg->len; i++)
        msg->data[i] = (unsigned char)toupper(msg->data[i]);
    unp_sender_send(srv->out, a, msg, &snd); /* does not wait; takes over msg->owned */
}

int main(void)
{
    static const struct unp_service service = {.message = shout};
    static struct unp_server srv = {.service = &service, .setup = {.port = SERV_PORT}};

    Unp_open_standard_files(); /* or a socket may become standard output */
    Unp_server_start(&srv);
    unp_server_run(&srv); /* until SIGINT or SIGTERM */
    unp_report_finish();  /* waits for the last lines to be written */
    return 0;
}
