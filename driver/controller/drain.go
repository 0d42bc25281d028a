package controller

import "time"

// BeginDrain stops taking controllers and commands: those that attach are sent away, commands are refused.
func (t *Table) BeginDrain() { t.draining.Store(true) }

// Hold leaves everything that is reported from now on in the controllers, so that what was handed on
// before can be acknowledged to its end.
func (t *Table) Hold() { t.holding.Store(true) }

// Idle reports whether no command waits, is at the library or is unanswered, so that a drain can go on.
func (t *Table) Idle() bool {
	for _, s := range t.all() {
		s.mu.Lock()
		busy := s.outbox.posting || len(s.commands.queue)+len(s.commands.open)+len(s.commands.claiming) > 0
		s.mu.Unlock()
		if busy {
			return false
		}
	}
	return true
}

// Release tells every controller what is stored of its log, and then detaches it; its lease is given
// back as its link ends. Attached tells when all are gone.
func (t *Table) Release(now time.Time) {
	for _, s := range t.all() {
		s.step(now, func() {
			s.outbox.ack = s.log.acked > s.log.told
			s.outbox.releasing = true
		})
	}
}
