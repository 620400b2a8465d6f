package inbox

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// rateOrder begins the orders of links that give a mark; the mark follows.
const rateOrder = "rate-"

// Score is the mark that a link gives; 0 where it is about something else.
func (t Ticked) Score() int {
	mark, ok := strings.CutPrefix(t.Order, rateOrder)
	if !ok || len(mark) != 1 {
		return 0
	}
	return scoreOf(mark[0])
}

// scoreOf reads a mark; 0 for what is none.
func scoreOf(c byte) int {
	if n := int(c) - '0'; n >= tickets.LeastScore && n <= tickets.BestScore {
		return n
	}
	return 0
}

// readRating reads a text that begins with a mark, alone on its line or set off from a remark ("4, you were quick",
// "5/5 - great"), and what else it says; 0 for any other. What may count or list something is no mark.
func readRating(text string) (mark int, rest string) {
	text = strings.TrimLeft(text, " \t\r\n\u00a0\u200b\ufeff")
	if text == "" || scoreOf(text[0]) == 0 {
		return 0, ""
	}
	mark, text = scoreOf(text[0]), text[1+len(ofBest.FindString(text[1:])):]
	line, below, _ := strings.Cut(text, "\n")
	if strings.Trim(line, " \t\r\u00a0\u200b.,;:!") == "" {
		return mark, strings.TrimSpace(below)
	}
	set := setOff.FindString(line)
	if set == "" || listed.MatchString(below) {
		return 0, ""
	}
	words := strings.Fields(line[len(set):])
	if len(words) == 0 || strings.ContainsAny(strings.Join(words[:min(len(words), 3)], " "), "0123456789") {
		return 0, ""
	}
	return mark, strings.TrimSpace(text[len(set):])
}

var (
	ofBest = regexp.MustCompile(`^(?i: ?/ ?5| (?:out of|of|von|sur|de|su|van|av|af) 5)\b`)
	setOff = regexp.MustCompile(`^(?:[,;:.!]+\s+| +[-–—]+ +|[–—]+ ?)`)
	listed = regexp.MustCompile(`(?m)^\s*[0-9]+[.):,]`) // a line that goes on with a list
)

// maxRemark is how much of a mail goes along with its mark, in bytes; the mail has all.
const maxRemark = 4 << 10

// rate writes a letter that answers a satisfaction question with a mark; done is false where it does not, and nothing
// is written then. The mark alone changes nothing on the ticket. What stands below it is a comment like any other, and
// on a closed ticket a note.
func (in *Inbox) rate(ctx context.Context, tx tenant.Tx, l letter, f found) (done bool, err error) {
	mark, rest := readRating(l.m.Text)
	if mark == 0 || f.join == nil || l.m.robot || l.m.Class != machine.Person {
		return false, nil
	}
	if asked, err := awaitsRating(ctx, tx, f.join.id); err != nil || !asked {
		return false, err
	}
	by, why, err := in.entitled(ctx, tx, l, f, order{name: strings.TrimSuffix(rateOrder, "-")})
	if err != nil || by.Kind != tickets.ByCustomer {
		return false, err
	}
	given := tickets.Event{TicketID: f.join.id, Actor: by, Kind: tickets.OrderGiven, From: "rate", To: tickets.OrderRefused, Subject: &l.comment.UUID, Detail: why}
	switch {
	case why != "":
		if err := in.write(ctx, tx, l, f); err != nil {
			return true, err
		}
		if given.TicketID, err = ticketOf(ctx, tx, l.comment); err != nil {
			return true, err
		}
		return true, l.desk.Record(ctx, tx, given)
	case rest == "" || f.join.status == tickets.Closed:
		_, err = l.keep(ctx, tx, f.join.id, by)
	default:
		err = in.write(ctx, tx, l, f)
	}
	if err != nil {
		return true, err
	}
	ticket, err := ticketOf(ctx, tx, l.comment)
	if err != nil {
		return true, err
	}
	return true, l.desk.Rate(ctx, tx, ticket, mark, strings.ToValidUTF8(rest[:min(len(rest), maxRemark)], ""), &l.comment, by)
}

// ticketOf is where a comment is now: its ticket may have been merged a moment ago.
func ticketOf(ctx context.Context, tx tenant.Tx, comment tickets.CommentID) (ticket tickets.ID, err error) {
	err = tx.QueryRow(ctx, `SELECT ticket_id FROM ticket_comments WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), comment).Scan(&ticket)
	if err != nil {
		return ticket, fmt.Errorf("look up the ticket of an order: %w", err)
	}
	return ticket, nil
}

// awaitsRating says whether a digit may be an answer to a satisfaction question: one was asked, about the ticket or one
// that is part of it, and no member asked anything since.
func awaitsRating(ctx context.Context, tx tenant.Tx, ticket tickets.ID) (asked bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM mail_notices n JOIN support_tickets t ON t.tenant_id = n.tenant_id AND t.id = n.ticket_id
		WHERE n.tenant_id = $1 AND n.kind = $3 AND (t.id = $2 OR t.merged_into = $2)
		AND NOT EXISTS (SELECT FROM ticket_comments k WHERE k.tenant_id = n.tenant_id AND k.ticket_id = $2 AND k.kind = 'public'
			AND k.author_kind IN ('member', 'ai') AND k.created_at > n.at))`, tx.Tenant(), ticket, SatisfactionMail).Scan(&asked)
	if err != nil {
		return false, fmt.Errorf("look whether ticket %s was asked about: %w", ticket, err)
	}
	return asked, nil
}

// askedSinceOpen says whether there was a satisfaction question since the ticket was last open.
func askedSinceOpen(ctx context.Context, tx tenant.Tx, ticket tickets.ID) (asked bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM mail_notices n WHERE n.tenant_id = $1 AND n.kind = $3 AND n.ticket_id = $2
		AND NOT EXISTS (SELECT FROM ticket_events v WHERE v.tenant_id = n.tenant_id AND v.ticket_id = $2 AND v.kind = 'status'
			AND v.to_value IN ('open', 'in-progress') AND v.at > n.at))`, tx.Tenant(), ticket, SatisfactionMail).Scan(&asked)
	if err != nil {
		return false, fmt.Errorf("look for the satisfaction question about ticket %s: %w", ticket, err)
	}
	return asked, nil
}

// scoreLinks are the signed links of whoever asked, a line for each mark; empty where there is no address for them.
func (o *Outbox) scoreLinks(ctx context.Context, tx tenant.Tx, ticket tickets.ID) (string, error) {
	if o.cfg.PublicURL == "" {
		return "", nil
	}
	link := Ticked{Tenant: tx.Tenant(), Ticket: ticket, Until: o.cfg.Clock().Add(linkLife)}
	err := tx.QueryRow(ctx, `SELECT e.user_id FROM support_tickets t JOIN customer_employees e ON e.tenant_id = t.tenant_id AND e.id = t.employee_id
		WHERE t.tenant_id = $1 AND t.id = $2`, tx.Tenant(), ticket).Scan(&link.Person)
	if err != nil {
		return "", fmt.Errorf("look up who rates ticket %s: %w", ticket, err)
	}
	var lines []string
	for n := tickets.BestScore; n >= tickets.LeastScore; n-- {
		mark := strconv.Itoa(n)
		link.Order = rateOrder + mark
		lines = append(lines, "- "+mark+": "+o.cfg.PublicURL+"/t/"+link.Token(o.cfg.Box))
	}
	return strings.Join(lines, "\n"), nil
}
