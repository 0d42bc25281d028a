package desk

// Admission says which serials are served. The zero value serves all.
type Admission struct {
	only map[uint64]bool
}

// AdmitOnly serves these serials and refuses all others.
func AdmitOnly(serials []uint64) Admission {
	a := Admission{only: make(map[uint64]bool, len(serials))}
	for _, serial := range serials {
		a.only[serial] = true
	}
	return a
}

func (a Admission) admits(serial uint64) bool { return a.only == nil || a.only[serial] }
