package scp

// OpenChannel (9001) makes the library listen on a TCP port. The target is the channel.
type OpenChannel struct{ Port uint32 }

func (OpenChannel) Number() int                     { return 9001 }
func (o OpenChannel) appendArgs(line []byte) []byte { return appendUint(line, o.Port) }
func parseOpenChannel(w *words) Action              { return OpenChannel{uint32(w.integer(0, 65535))} }

// CloseChannel (9002) ends a channel and all links on it. The target is the channel.
type CloseChannel struct{}

func (CloseChannel) Number() int                   { return 9002 }
func (CloseChannel) appendArgs(line []byte) []byte { return line }
