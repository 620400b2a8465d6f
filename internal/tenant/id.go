package tenant

import "github.com/google/uuid"

// NewID returns a UUIDv7 (RFC 9562 section 5.7): ids of one process sort by the time they were made.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
