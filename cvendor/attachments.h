/*
 * attachments.h: which attachment of each scp lasts, and the lock that orders its posts.
 *
 * The draining thread alone begins and ends attachments. It ends one after the library returned
 * SCP_COMM_OFFLINE and before it calls the library again, that is, before the number can be given out
 * anew; and it takes the controller's lock for that, which a post holds from its check to its tag. So a
 * post never reaches a controller that got the number later.
 */
#ifndef SEAM_ATTACHMENTS_H
#define SEAM_ATTACHMENTS_H

#include <stdint.h>

/* Begins the next attachment of a number, ends the one that lasts. scp is 0 or above. */
void attachment_begin(short scp);
void attachment_end(short scp);
void attachments_end_all(void);

/* How often the number was given out. For the draining thread. */
uint32_t attachment_count(short scp);

/* Locks the controller and returns whether this attachment of it lasts. Blocks while another post to
 * the same controller is in the library. */
int attachment_lock(short scp, uint32_t attachment);
void attachment_unlock(short scp);

#endif
