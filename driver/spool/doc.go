// Package spool keeps transactions on the driver's own disk while the vendor app is away, so that a long outage
// does not fill the controllers' logs. It stands between the sessions and the outbox, and passes everything through
// until the stream to the app has been down for a while. From then on transactions go to a file, and only when
// they are safe there are the sessions told that they are stored, which moves the controllers' logs. When the app is
// back each controller's entries are handed on in their order, before newer ones of the same controller, and
// are kept until the app has acknowledged them.
//
// Where the library says each transaction only once (WriteThrough), all go to the file first, always, and each is safe
// there before the library is asked for the next message.
//
// It refuses to lose: a full or failing disk takes nothing more, and the controllers keep what comes then; a damaged
// file is not opened, and says so. It keeps transactions, and the gaps between them: were those in memory only, a killed
// process would leave the next one the log that follows an erased one, and nobody could say any more what is missing.
// What else the driver saw, and results, stay in the outbox.
//
// Locks: a session's mutex may be held when Offer, Free, Through and Last are called, and the spool's is held when it
// calls the outbox. The sessions are never called with it.
package spool
