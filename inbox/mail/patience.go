package mail

import "errors"

// ErrLate ends the reading of a message whose time is up.
var ErrLate = errors.New("reading it takes too long")

// A Patience is how long the reading of one message may go on; its zero value is without end.
type Patience struct{ Done <-chan struct{} }

// check ends the reading, by a panic with ErrLate that its caller catches, once the time is up. It is called at each part of a
// message; what is done between two calls takes time linear in the part's size, and parts are limited in
// number, depth and size. So no reading goes on for long after its time, and none for ever.
func (p Patience) check() {
	select {
	case <-p.Done:
		panic(ErrLate)
	default:
	}
}
