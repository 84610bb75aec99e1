/* The conversions of option_convert.c, for the table of options. */
#ifndef OPTION_CONVERT_H
#define OPTION_CONVERT_H

#include "usock.h"

/* Makes one layout of the other; the target is zero at first.  0; -1 and errno: the value is not
 * valid. */
typedef int conversion(struct usock *s, const void *from, void *to);

conversion assocparams_in, assocparams_out, primary_in, primary_out, paddrparams_in,
    paddrparams_out, paddrinfo_in, paddrinfo_out, status_in, status_out, sndinfo_in, sndinfo_out,
    sndrcv_in, sndrcv_out, prinfo_in, prinfo_out, prstatus_in, prstatus_out, thresholds_in,
    thresholds_out, thresholds2_in, thresholds2_out, encaps_in, encaps_out, scheduler_in,
    scheduler_out;

#endif
