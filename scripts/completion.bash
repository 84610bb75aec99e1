# bash completion of onetomany's programs: options, option names after -O and of sctp_opts, PPIDs after
# -P, hosts
#
#   . scripts/completion.bash
#
# `make install` puts it where bash-completion finds it.

_onetomany_ppids="iua m2ua m3ua sua m2pa v5ua h248 bicc tali dua asap enrp h323 qipc simco ddp-segment \
    ddp-control s1ap rua hnbap forces-hp forces-mp forces-lp sbc-ap nbap x2ap ircp lcs-ap \
    mpich2 sabp fgp ppp calcapp ssp npmp-control npmp-data echo discard daytime chargen \
    rna m2ap m3ap ssh diameter diameter-dtls r14p webrtc-dcep webrtc-string \
    webrtc-binary-partial webrtc-binary webrtc-string-partial pua webrtc-string-empty \
    webrtc-binary-empty xwap xw-control-plane ngap xnap f1ap http e1ap ele2 ngap-dtls \
    xnap-dtls f1ap-dtls e1ap-dtls e2-cp e2-up e2-du w1ap"

_onetomany_options() { # PROGRAM: the names that the sctp_opts beside it lists
    local opts=sctp_opts
    [[ $1 != */* ]] || opts=${1%/*}/sctp_opts
    "$opts" 2>/dev/null | sed -n 's/^\([a-z_0-9]*\)[. ].*/\1/p' | sort -u
}

_onetomany() {
    local program=$1 cur=$2 prev=$3 words
    COMPREPLY=()
    case $prev in
        -O | --option)
            mapfile -t COMPREPLY < <(compgen -W "$(_onetomany_options "$program")" -- "$cur")
            return
            ;;
        -P | --ppid)
            mapfile -t COMPREPLY < <(compgen -W "$_onetomany_ppids" -- "$cur")
            return
            ;;
    esac
    case $cur in
        -*)
            words=$("$program" --help 2>/dev/null | grep -oE -- '(^| )--?[a-zA-Z][a-z-]*=?')
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
            ;;
        *)
            words=
            [[ ${program##*/} != sctp_opts ]] || words=$(_onetomany_options "$program")
            mapfile -t COMPREPLY < <(compgen -A hostname -W "$words" -- "$cur")
            ;;
    esac
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -F _onetomany sctp_echo_srv sctp_echo_cli sctp_ping sctp_opts sctp_console sctp_chat_srv \
    sctp_chat_cli sctp_hello_srv sctp_hello_cli
