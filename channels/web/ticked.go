package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// errNoPart means that the person of a link has no part in its ticket any more.
var errNoPart = errors.New("the person of the link has no part in the ticket")

// A matter is what a link is about, as it is now.
type matter struct {
	link   inbox.Ticked
	ticket tickets.Ticket
	tenant string
}

// ask shows what a link does. It changes nothing.
func (s *Server) ask(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, func(_ context.Context, _ tenant.Tx, m matter) (page, error) { return question(m), nil })
}

// act does it.
func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, func(ctx context.Context, tx tenant.Tx, m matter) (page, error) {
		p := question(m)
		if p.Button == "" {
			return p, nil // it is so already, or cannot be
		}
		by := tickets.Actor{Kind: tickets.ByCustomer, User: m.link.Person, Via: tickets.ByWeb}
		if m.link.Score() != 0 {
			return s.rate(ctx, tx, m, r.PostFormValue("score"), by)
		}
		if err := s.cfg.Desk.SetStatus(ctx, tx, m.ticket.ID, target(m.link.Order), by); err != nil {
			return page{}, err
		}
		return m.page("Thank you", "Your request is now "+words(target(m.link.Order))+". "+after(target(m.link.Order))), nil
	})
}

// answer checks the link of a request and shows what fn makes of it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, fn func(context.Context, tenant.Tx, matter) (page, error)) {
	link, err := inbox.ReadLink(s.cfg.Box, r.PathValue("token"))
	if err != nil {
		s.show(w, http.StatusNotFound, notFound())
		return
	}
	if !s.cfg.Clock().Before(link.Until) {
		s.show(w, http.StatusGone, page{Title: "This link has expired", Text: "Please answer the mail instead, or write to us again.", Refused: true})
		return
	}
	if link.Order == inbox.Unsubscribe {
		s.leave(w, r, link)
		return
	}
	var p page
	err = tenant.In(r.Context(), s.cfg.Pool, link.Tenant, func(tx tenant.Tx) error {
		m, err := read(r.Context(), tx, link)
		if err != nil {
			return err
		}
		p, err = fn(r.Context(), tx, m)
		return err
	})
	s.tell(w, r, link, p, err)
}

// tell shows a page, or why there is none.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, link inbox.Ticked, p page, err error) {
	switch {
	case err == nil:
		s.show(w, http.StatusOK, p)
	case errors.Is(err, tickets.ErrNotFound), errors.Is(err, errNoPart), errors.Is(err, tenant.ErrUnknown):
		s.show(w, http.StatusGone, page{Title: "This link does not work any more", Text: "Please answer the mail instead, or write to us again.", Refused: true})
	default:
		if r.Context().Err() == nil {
			s.cfg.Logger.ErrorContext(r.Context(), "a signed link failed", "ticket", link.Ticket, "order", link.Order, "error", err)
		}
		s.show(w, http.StatusInternalServerError, page{Title: "That did not work", Text: "Nothing was changed. Please try again in a moment, or answer the mail.", Refused: true})
	}
}

// read looks up what a link is about: the ticket, or the one it was merged into.
func read(ctx context.Context, tx tenant.Tx, link inbox.Ticked) (matter, error) {
	t, err := tickets.ByID(ctx, tx, link.Ticket)
	if err == nil && t.MergedInto != nil {
		t, err = tickets.Get(ctx, tx, *t.MergedInto)
	}
	if err != nil {
		return matter{}, err
	}
	m := matter{link: link, ticket: t}
	var part bool
	err = tx.QueryRow(ctx, `SELECT x.name, EXISTS (SELECT FROM ticket_participants p
			JOIN users.tenant_users u ON u.tenant_id = p.tenant_id AND u.email_key = p.email_key
			WHERE p.tenant_id = x.id AND p.ticket_id = $2 AND u.user_id = $3 AND p.role <> $4)
		FROM tenants x WHERE x.id = $1`, tx.Tenant(), t.ID, link.Person, tickets.Guest).Scan(&m.tenant, &part)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return matter{}, tenant.ErrUnknown
	case err != nil:
		return matter{}, fmt.Errorf("look up who opens a link: %w", err)
	case !part:
		return matter{}, errNoPart
	}
	return m, nil
}

func (m matter) page(title, text string) page {
	return page{Title: title, Text: text, Tenant: m.tenant, Ticket: fmt.Sprintf("#%d · %s", m.ticket.Number, m.ticket.Title)}
}

// question is the page that asks whether to do what the link says; without a button where that is so already, or
// cannot be.
func question(m matter) page {
	if n := m.link.Score(); n != 0 {
		p := m.page("How satisfied are you?", "1 is not at all, 5 is fully. Nothing is kept before you press the button.")
		p.Marks, p.Button = marks(n), "Send"
		return p
	}
	now := m.ticket.Status
	to := target(m.link.Order)
	switch {
	case to == "":
		return m.page("Your request is "+words(now), after(now))
	case now == to, to == tickets.Resolved && now == tickets.Closed, to == tickets.Open && now == tickets.InProgress:
		return m.page("Your request is "+words(now), "There is nothing to do. "+after(now))
	case now == tickets.Closed:
		p := m.page("Your request is closed", "A closed request cannot be opened again. "+after(now))
		p.Refused = true
		return p
	}
	p := m.page("", "It is "+words(now)+" now. Nothing is changed before you press the button.")
	switch to {
	case tickets.Resolved:
		p.Title, p.Button = "Is your request resolved?", "Yes, it is resolved"
	case tickets.Closed:
		p.Title, p.Button = "Close your request?", "Yes, close it"
	default:
		p.Title, p.Button = "Open your request again?", "Yes, open it again"
	}
	return p
}

// target is the status that an order asks for; empty where it only asks.
func target(order string) tickets.Status {
	switch order {
	case "resolve":
		return tickets.Resolved
	case "close":
		return tickets.Closed
	case "reopen":
		return tickets.Open
	}
	return ""
}

func words(s tickets.Status) string { return strings.ReplaceAll(string(s), "-", " ") }

func after(s tickets.Status) string {
	switch s {
	case tickets.Resolved:
		return "If something is left, answer the mail: that opens it again."
	case tickets.Closed:
		return "If there is anything else, answer the mail: that opens a new request."
	}
	return "To add something, answer the mail."
}
