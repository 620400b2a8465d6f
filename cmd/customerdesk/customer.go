package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

type customerJSON struct {
	Name      string    `json:"name"`
	Key       string    `json:"key"`
	People    int       `json:"people"`
	Tickets   int       `json:"tickets"`
	Open      int       `json:"open"`
	CreatedAt time.Time `json:"created_at"`
}

type onePersonJSON struct {
	Name    string       `json:"name"`
	Email   string       `json:"email"`
	Company string       `json:"company"`
	Tickets []ticketJSON `json:"tickets"`
	// Suppressed says since when and why no automatic mail goes to the address; null where it does.
	Suppressed *suppressionJSON `json:"suppressed"`
}

type suppressionJSON struct {
	Email  string         `json:"email"`
	Since  time.Time      `json:"since"`
	Until  time.Time      `json:"until"`
	Reason machine.Reason `json:"reason"`
	Status string         `json:"status"`
	Said   string         `json:"said"`
}

func (c *cli) customerCommand() *cobra.Command {
	list := c.reads(&cobra.Command{
		Use: "list", Short: "List the customers with their figures", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := tickets.Customers(ctx, tx)
				if err != nil {
					return err
				}
				views := make([]customerJSON, 0, len(all))
				for _, k := range all {
					views = append(views, customerJSON{Name: k.Name, Key: k.Key, People: k.People, Tickets: k.Tickets, Open: k.Open, CreatedAt: k.CreatedAt})
				}
				return c.show(views, func(w io.Writer) {
					fmt.Fprintln(w, "CUSTOMER\tPEOPLE\tTICKETS\tOPEN")
					for _, k := range all {
						fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", printable(k.Name), k.People, k.Tickets, k.Open)
					}
				})
			})
		}),
	})
	show := c.reads(&cobra.Command{
		Use: "show EMAIL", Short: "Show a person and the person's tickets, and since when and why mail to the address bounces", Args: exactly("EMAIL"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				e, found, err := tickets.EmployeeByAddress(ctx, tx, args[0])
				if err != nil {
					return err
				}
				if !found {
					return fmt.Errorf("nobody with the address %s has written yet", args[0])
				}
				all, err := tickets.List(ctx, tx, tickets.Filter{Requester: &e.ID})
				if err != nil {
					return err
				}
				v := onePersonJSON{Name: e.Person.Name, Email: e.Person.Email, Company: e.Customer, Tickets: []ticketJSON{}}
				for _, t := range all {
					v.Tickets = append(v.Tickets, ticketView(t))
				}
				s, suppressed, err := inbox.Suppressed(ctx, tx, e.Person.Email, a.clock())
				if err != nil {
					return err
				}
				if suppressed {
					v.Suppressed = &suppressionJSON{Email: s.Email, Since: s.Since, Until: s.Until, Reason: s.Reason, Status: s.Status, Said: s.Said}
				}
				return c.show(v, func(w io.Writer) {
					fmt.Fprintf(w, "%s <%s>, %s\n", printable(e.Person.Name), printable(e.Person.Email), printable(e.Customer))
					if suppressed {
						fmt.Fprintln(w, suppressionLine(s))
					}
					for _, t := range all {
						fmt.Fprintf(w, "#%d\t%s\t%s\t%s\n", t.Number, t.Status, stamp(t.CreatedAt), printable(t.Title))
					}
				})
			})
		}),
	})
	return group("customer", "Customers and their people", list, show)
}

// suppressionLine says why an address gets no automatic mail, and until when.
func suppressionLine(s inbox.Suppression) string {
	why := fmt.Sprintf("Mail to this address bounced on %s: %s (%s)", stamp(s.Since), s.Reason.Words(), s.Status)
	switch s.Reason {
	case machine.Unsubscribed:
		why = fmt.Sprintf("The owner of this address asked for no automatic mail on %s", stamp(s.Since))
	case machine.Complaint:
		why = fmt.Sprintf("The owner of this address complained of our mail on %s", stamp(s.Since))
	}
	return why + ". No automatic mail goes there until " + stamp(s.Until) + "."
}
