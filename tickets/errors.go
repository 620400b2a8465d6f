package tickets

import "errors"

// ErrNotFound means that the tenant has no such ticket, comment or person.
var ErrNotFound = errors.New("not found")

// ErrInvalid means that a value is not one of those allowed; the message around it says which are.
var ErrInvalid = errors.New("not allowed")

// ErrClosed means that a closed ticket was to be changed; it stays closed, and mail for it opens a new one.
var ErrClosed = errors.New("the ticket is closed")

// ErrMerged means that a ticket is part of another one, which the message around it names.
var ErrMerged = errors.New("the ticket is merged into another")

// ErrNotMoved means that there is no merge or split to undo.
var ErrNotMoved = errors.New("there is nothing to undo")
