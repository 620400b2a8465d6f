package kb

import (
	"errors"
	"time"

	"github.com/google/uuid"
)

// MaxContent is the largest article in bytes of Markdown.
const MaxContent = 1 << 20

var (
	// ErrNotFound means that the tenant has no such article.
	ErrNotFound = errors.New("no such article")
	// ErrSlugTaken means that another article of the tenant has that slug.
	ErrSlugTaken = errors.New("slug is taken")
	// ErrInvalid means that an article cannot be taken as it is; the text says what is wrong with it.
	ErrInvalid = errors.New("invalid article")
)

// ID names an article.
type ID struct{ uuid.UUID }

// State says how far an article is.
type State string

// The states of an article. Only published ones are found and cited.
const (
	Draft     State = "draft"
	Review    State = "review"
	Published State = "published"
	Archived  State = "archived"
)

// Visibility says who may read an article once it is published.
type Visibility string

// Public articles are for everybody, Customers articles for people who are a customer's, Internal ones for
// support members only.
const (
	Public    Visibility = "public"
	Customers Visibility = "customers"
	Internal  Visibility = "internal"
)

// An Article is one entry of the knowledge base.
type Article struct {
	ID          ID         `json:"id"`
	Slug        string     `json:"slug"` // names the article in addresses; unique in its tenant
	Title       string     `json:"title"`
	Content     string     `json:"content,omitempty"` // Markdown; empty in lists
	Category    string     `json:"category"`
	Tags        []string   `json:"tags"`
	Language    string     `json:"language"` // BCP 47
	Visibility  Visibility `json:"visibility"`
	State       State      `json:"state"`
	Version     int        `json:"version"` // from 1
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	PublishedAt *time.Time `json:"published_at"` // of the first publishing; nil: never
}

// An Audience says for whom a search is. The zero value is the narrowest.
type Audience int

// Anyone sees public articles, a customer also those for customers, a member all.
const (
	ForAnyone Audience = iota
	ForCustomer
	ForMember
)

func (a Audience) sees() []Visibility {
	switch a {
	case ForMember:
		return []Visibility{Public, Customers, Internal}
	case ForCustomer:
		return []Visibility{Public, Customers}
	}
	return []Visibility{Public}
}
