package main

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

type personJSON struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type ticketJSON struct {
	Number        tickets.Number   `json:"number"`
	Title         string           `json:"title"`
	Status        tickets.Status   `json:"status"`
	Priority      tickets.Priority `json:"priority"`
	Customer      personJSON       `json:"customer"`
	Company       string           `json:"company"`
	Assignee      *string          `json:"assignee"` // the name
	AssigneeEmail *string          `json:"assignee_email"`
	CreatedAt     time.Time        `json:"created_at"`
	UpdatedAt     time.Time        `json:"updated_at"`
	CommentCount  int              `json:"comment_count"`
	Follows       *tickets.Number  `json:"follows"`
	MergedInto    *tickets.Number  `json:"merged_into"`
	SplitFrom     *tickets.Number  `json:"split_from"`
	WaitingSince  *time.Time       `json:"waiting_since"`
}

func ticketView(t tickets.Ticket) ticketJSON {
	v := ticketJSON{
		Number: t.Number, Title: t.Title, Status: t.Status, Priority: t.Priority,
		Customer: personJSON{Name: t.Requester.Name, Email: t.Requester.Email}, Company: t.Customer,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, CommentCount: t.CommentCount, Follows: t.Follows, WaitingSince: t.WaitingSince,
		MergedInto: t.MergedInto, SplitFrom: t.SplitFrom,
		Assignee: orNull(t.Assignee), AssigneeEmail: orNull(t.AssigneeEmail),
	}
	return v
}

type wholeTicketJSON struct {
	ticketJSON
	Description  string            `json:"description"`
	Comments     []commentJSON     `json:"comments"`
	Events       []eventJSON       `json:"events"`
	Participants []participantJSON `json:"participants"`
	Summary      *summaryJSON      `json:"summary"`
	Satisfaction *ratingJSON       `json:"satisfaction"`
	Suggestions  []suggestionJSON  `json:"suggestions"`
}

type authorJSON struct {
	Kind  tickets.ActorKind `json:"kind"`
	Name  string            `json:"name"`
	Email string            `json:"email"`
}

type commentJSON struct {
	ID             tickets.CommentID   `json:"id"`
	Kind           tickets.CommentKind `json:"kind"`
	Author         authorJSON          `json:"author"`
	Via            tickets.Via         `json:"via"`
	Class          *string             `json:"class"`
	Text           string              `json:"text"`
	HTML           string              `json:"html"`
	CreatedAt      time.Time           `json:"created_at"`
	MessageID      *string             `json:"message_id"`
	InReplyTo      *string             `json:"in_reply_to"`
	Delivery       *string             `json:"delivery"`
	DeliveryDetail *string             `json:"delivery_detail"`
	SendAt         *time.Time          `json:"send_at"`  // when a queued answer leaves at the earliest
	RetryAt        *time.Time          `json:"retry_at"` // when one that was put off is tried again
	Attempts       int                 `json:"attempts"`
	Recipients     []personJSON        `json:"to"` // of an answer that goes out by mail
	Cc             []personJSON        `json:"cc"`
	InboundID      *uuid.UUID          `json:"inbound_id"`   // the mail it came by, for `message show`
	FoldedLines    int                 `json:"folded_lines"` // of that mail, beyond text: quoted history and signature
	Auth           *tickets.Verdict    `json:"auth"`
	Attachments    []attachmentJSON    `json:"attachments"`
}

type attachmentJSON struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	Inline      bool   `json:"inline"`
	Danger      string `json:"danger"` // why it should not be opened without thought
	Virus       string `json:"virus"`  // what the scanner found in it: it is not given out
}

type actorJSON struct {
	Kind tickets.ActorKind `json:"kind"`
	Name string            `json:"name"`
}

type eventJSON struct {
	At     time.Time         `json:"at"`
	Actor  actorJSON         `json:"actor"`
	Via    tickets.Via       `json:"via"`
	Kind   tickets.EventKind `json:"kind"`
	From   string            `json:"from"`
	To     string            `json:"to"`
	Detail string            `json:"detail"`
}

type participantJSON struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  string `json:"role"`
}

type ratingJSON struct {
	Score   int        `json:"score"` // 1 to 5
	Comment string     `json:"comment"`
	At      time.Time  `json:"at"`
	By      personJSON `json:"by"`
}

type summaryJSON struct {
	Text      string    `json:"text"`
	Model     string    `json:"model"`
	CreatedAt time.Time `json:"created_at"`
}

func commentView(k tickets.Comment) commentJSON {
	v := commentJSON{
		ID: k.ID, Kind: k.Kind, Author: authorJSON{Kind: k.AuthorKind, Name: k.Author.Name, Email: k.Author.Email}, Via: k.Via,
		Class: orNull(k.Class), Text: k.Text, HTML: k.HTML, CreatedAt: k.CreatedAt, MessageID: orNull(k.MessageID), InReplyTo: orNull(k.InReplyTo),
		Delivery: orNull(k.Delivery), DeliveryDetail: orNull(k.DeliveryDetail), Attachments: []attachmentJSON{},
		InboundID: k.InboundID, Recipients: []personJSON{}, Cc: []personJSON{},
	}
	if k.Delivery == "queued" {
		v.SendAt, v.RetryAt = k.SendAt, k.RetryAt
	}
	v.Attempts = k.Attempts
	if k.AuthorKind == tickets.ByCustomer || k.InboundID != nil {
		v.Auth = &k.Auth
	}
	for _, a := range k.Attachments {
		v.Attachments = append(v.Attachments, attachmentJSON{
			ID: a.ID.String(), Name: a.Name, ContentType: a.ContentType, Size: a.Size, Inline: a.Inline, Danger: a.Danger, Virus: a.Virus,
		})
	}
	return v
}

// goesTo says whom the answer goes to.
func (v commentJSON) goesTo(a inbox.Addressees) commentJSON {
	for _, p := range a.To {
		v.Recipients = append(v.Recipients, personJSON{Name: p.Name, Email: p.Email})
	}
	for _, p := range a.Cc {
		v.Cc = append(v.Cc, personJSON{Name: p.Name, Email: p.Email})
	}
	return v
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// wholeTicket gathers all there is of a ticket.
func wholeTicket(ctx context.Context, tx tenant.Tx, n tickets.Number) (wholeTicketJSON, error) {
	t, err := tickets.Get(ctx, tx, n)
	if err != nil {
		return wholeTicketJSON{}, err
	}
	v := wholeTicketJSON{
		ticketJSON: ticketView(t), Description: t.Description,
		Comments: []commentJSON{}, Events: []eventJSON{}, Participants: []participantJSON{}, Suggestions: []suggestionJSON{},
	}
	comments, err := tickets.Comments(ctx, tx, t.ID)
	if err != nil {
		return v, err
	}
	folded, err := inbox.FoldedLines(ctx, tx, t.ID)
	if err != nil {
		return v, err
	}
	to, err := inbox.AddresseesOf(ctx, tx, t.ID)
	if err != nil {
		return v, err
	}
	for _, k := range comments {
		c := commentView(k).goesTo(to[k.ID])
		if k.InboundID != nil {
			c.FoldedLines = folded[*k.InboundID]
		}
		v.Comments = append(v.Comments, c)
	}
	events, err := tickets.Events(ctx, tx, t.ID)
	if err != nil {
		return v, err
	}
	for _, e := range events {
		v.Events = append(v.Events, eventJSON{At: e.At, Actor: actorJSON{Kind: e.Actor.Kind, Name: e.Name}, Via: e.Actor.Via, Kind: e.Kind, From: e.From, To: e.To, Detail: e.Detail})
	}
	people, err := tickets.Participants(ctx, tx, t.ID)
	if err != nil {
		return v, err
	}
	for _, p := range people {
		v.Participants = append(v.Participants, participantJSON(p))
	}
	rating, err := tickets.RatingOf(ctx, tx, t.ID)
	if err != nil {
		return v, err
	}
	if rating != nil {
		v.Satisfaction = &ratingJSON{Score: rating.Score, Comment: rating.Comment, At: rating.At, By: personJSON{Name: rating.By.Name, Email: rating.By.Email}}
	}
	written, err := ai.Suggestions(ctx, tx, ai.Filter{Ticket: t.ID})
	if err != nil {
		return v, err
	}
	for _, s := range written {
		v.Suggestions = append(v.Suggestions, suggestionView(s))
		if s.Kind == ai.Summary && v.Summary == nil { // the newest comes first
			v.Summary = &summaryJSON{Text: s.Text, Model: s.Model, CreatedAt: s.CreatedAt}
		}
	}
	return v, nil
}
