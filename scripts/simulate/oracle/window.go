package oracle

// ToldStored: a panel is told that it may forget. It may say no to that, but knows it.
func (o *Oracle) ToldStored(serial uint64, epoch uint32, index uint64) {
	id := logID{serial, epoch}
	o.told[id] = max(o.told[id], index)
}

// Reported: a panel says a transaction. At no time is it let report more than a window beyond what it knows to be stored.
func (o *Oracle) Reported(n Name, window uint64) {
	if told := o.told[logID{n.Serial, n.Epoch}]; n.Index > told+window {
		o.Fault("%v is reported, the panel knows %d to be stored, and its window is %d", n, told, window)
	}
}
