package tickets

import "github.com/google/uuid"

// ID names a ticket within its tenant for good; people use its Number.
type ID struct{ uuid.UUID }

// CommentID names a comment.
type CommentID struct{ uuid.UUID }

// EventID names an event of a ticket's history.
type EventID struct{ uuid.UUID }

// CustomerID names a customer: an organisation, or one person with a free-mail address.
type CustomerID struct{ uuid.UUID }

// EmployeeID names a person of a customer.
type EmployeeID struct{ uuid.UUID }

// Number is what people call a ticket. It counts from 1 in each tenant, without gaps.
type Number int64
