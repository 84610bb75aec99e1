/* The conversions of option_convert.c, for the table of options. */
#ifndef OPTION_CONVERT_H
#define OPTION_CONVERT_H

#include "usock.h"

/* Makes libusrsctp's layout of Linux's (to_stack), or the reverse; the target is zero at first.  0;
 * -1 and errno: the value is not valid. */
typedef int conversion(struct usock *s, void *linux_value, void *stack_value, bool to_stack);

conversion convert_assocparams, convert_primary, convert_paddrparams, convert_paddrinfo,
    convert_status, convert_sndinfo, convert_sndrcv, convert_prinfo, convert_prstatus,
    convert_thresholds, convert_thresholds2, convert_encaps, convert_scheduler;

#endif
