package uplink

import pb "mercury-driver/proto/mercury/driver/v1"

// results is the ends of commands that are not acknowledged.
type results struct {
	queue[*pb.CommandResult]
	positions map[string]uint64 // by command id
	promised  int               // to come, and to be kept
}

// taken is how much of the room is.
func (r *results) taken() int { return r.kept + r.promised }

func (r *results) keeps(id string) bool {
	_, kept := r.positions[id]
	return kept
}

func (r *results) add(result *pb.CommandResult) { r.positions[result.Id] = r.push(&result) }

// stored releases a result, and reports false for one that is not kept, or that the present stream has not carried.
func (r *results) stored(id string) bool {
	position, kept := r.positions[id]
	if !kept || !r.release(position) {
		return false
	}
	delete(r.positions, id)
	return true
}
