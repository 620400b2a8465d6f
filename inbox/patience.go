package inbox

import "errors"

// errLate ends the reading of a message whose time is up.
var errLate = errors.New("reading it takes too long")

// A patience is how long the reading of one message may go on; its zero value is without end.
type patience struct{ done <-chan struct{} }

// check ends the reading, by a panic that readUntil catches, once the time is up. It is called at each part of a
// message; what is done between two calls takes time linear in the part's size, and parts are limited in
// number, depth and size. So no reading goes on for long after its time, and none for ever.
func (p patience) check() {
	select {
	case <-p.done:
		panic(errLate)
	default:
	}
}
