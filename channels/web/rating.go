package web

import (
	"context"
	"strconv"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// rate stores the mark that was chosen on the page; that of the link where none was.
func (s *Server) rate(ctx context.Context, tx tenant.Tx, m matter, chosen string, by tickets.Actor) (page, error) {
	score := m.link.Score()
	if n, err := strconv.Atoi(chosen); err == nil && n >= tickets.LeastScore && n <= tickets.BestScore {
		score = n
	}
	if err := s.cfg.Desk.Rate(ctx, tx, m.ticket.ID, score, "", nil, by); err != nil {
		return page{}, err
	}
	return m.page("Thank you", "Your answer is "+strconv.Itoa(score)+" of "+strconv.Itoa(tickets.BestScore)+". To change it, open a link of the mail again."), nil
}
