package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox/dkim"
	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// dkimJSON is a key in the shape of `dkim list --json`.
type dkimJSON struct {
	dkim.Key
	Name  string `json:"name"`  // of the TXT record
	Signs bool   `json:"signs"` // mail is signed with it
}

// dkimView puts the keys of all domains, the newest of each first, into their shape: of those whose records were seen
// the newest of each algorithm signs.
func dkimView(keys []dkim.Key) []dkimJSON {
	list := []dkimJSON{}
	signs := map[string]bool{}
	for _, k := range keys {
		kind := k.Domain + " " + string(k.Algorithm())
		first := k.PublishedAt != nil && !signs[kind]
		signs[kind] = signs[kind] || first
		list = append(list, dkimJSON{Key: k, Name: k.Name(), Signs: first})
	}
	return list
}

func (c *cli) dkimCommand() *cobra.Command {
	list := c.reads(&cobra.Command{
		Use: "list", Short: "List the keys that mail is signed with", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				keys, err := dkim.List(ctx, tx)
				if err != nil {
					return err
				}
				return c.show(dkimView(keys), func(w io.Writer) {
					fmt.Fprintln(w, "DOMAIN\tSELECTOR\tSIGNS\tADDED")
					for _, k := range dkimView(keys) {
						signs := "no"
						switch {
						case k.Signs:
							signs = "yes"
						case k.PublishedAt == nil:
							signs = "not yet: `customerdesk dkim check " + k.Domain + "`"
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.Domain, k.Selector, signs, k.CreatedAt.Format(time.DateOnly))
					}
				})
			})
		}),
	})
	show := c.reads(&cobra.Command{
		Use: "show DOMAIN", Short: "Show the records that belong into DNS", Args: exactly("DOMAIN"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				keys, err := dkim.Of(ctx, tx, args[0])
				if err != nil {
					return dkimFault(args[0], err)
				}
				return c.show(dkimView(keys), func(w io.Writer) {
					for _, k := range keys {
						printRecord(w, k)
					}
				})
			})
		}),
	})
	cmd := group("dkim", "Sign the organisation's mail as its domains (DKIM)", c.dkimAdd(), list, show, c.dkimCheck(), c.dkimRemove())
	cmd.Long = `Sign the organisation's mail as its domains, so that receivers can tell it from forgeries (DKIM, RFC 6376).

Most mail servers sign what is sent through them: then nothing is needed here. Where yours does not, add a key, publish
the TXT record that is printed, and run ` + "`customerdesk dkim check DOMAIN`" + `: mail is signed from the moment its record is seen.
To exchange a key add one with another selector, publish, check, and remove the old one some days later.`
	return cmd
}

func (c *cli) dkimAdd() *cobra.Command {
	var selector, algorithm, file string
	cmd := c.reads(&cobra.Command{
		Use: "add DOMAIN", Short: "Make or take a key for a domain, and print its record for DNS",
		Example: "  customerdesk dkim add acme.example\n  customerdesk dkim add acme.example --selector s2026 --key s2026.pem",
		Args:    exactly("DOMAIN"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			private, err := dkimPrivate(algorithm, file)
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				k, err := dkim.Add(ctx, tx, a.box, dkim.NewKey{Domain: args[0], Selector: selector, Private: private}, a.clock())
				if errors.Is(err, dkim.ErrKeyExists) {
					return fmt.Errorf("%s has a key with the selector %s: choose another with --selector, or `customerdesk dkim remove %[1]s --selector %[2]s` first", args[0], selector)
				}
				if err != nil {
					return err
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "dkim.add", k.Name(), map[string]any{"record": k.Record}); err != nil {
					return err
				}
				c.say("Publish this record, then run `customerdesk dkim check %s`: mail is signed from then on.\n", k.Domain)
				return c.show(dkimView([]dkim.Key{k})[0], func(w io.Writer) { printRecord(w, k) })
			})
		}),
	})
	cmd.Flags().StringVar(&selector, "selector", "customerdesk", "names the key among those of the domain")
	cmd.Flags().StringVar(&algorithm, "algorithm", string(dkim.RSA), "rsa (2048 bits) or ed25519, which some providers cannot verify")
	cmd.Flags().StringVar(&file, "key", "", "a file with a private key in PEM form; empty: one is made")
	return cmd
}

func dkimPrivate(algorithm, file string) (crypto.Signer, error) {
	if file == "" {
		if !slices.Contains(dkim.Algorithms(), dkim.Algorithm(algorithm)) {
			return nil, usageError{fmt.Errorf("--algorithm: %q is not allowed: it is one of rsa, ed25519", algorithm)}
		}
		return dkim.Generate(dkim.Algorithm(algorithm))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	key, err := dkim.ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("--key %s: %w", file, err)
	}
	return key, nil
}

// printRecord shows a record as the forms of DNS providers ask for it.
func printRecord(w io.Writer, k dkim.Key) {
	fmt.Fprintf(w, "Name\t%s\nType\tTXT\nValue\t%s\n", k.Name(), k.Record)
}

func (c *cli) dkimCheck() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "check DOMAIN", Short: "Look for a domain's records in DNS; mail is signed once they are there", Args: exactly("DOMAIN"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			dns := resolver(a.cfg)
			if dns == nil {
				return fmt.Errorf("%sDNS_SERVER is off: records cannot be looked for", config.Prefix)
			}
			var keys []dkim.Key
			err := a.inTenant(ctx, func(tx tenant.Tx) (err error) {
				keys, err = dkim.Of(ctx, tx, args[0])
				return err
			})
			if err != nil {
				return dkimFault(args[0], err)
			}
			var missing []error
			for _, k := range keys {
				if err := dkim.Check(ctx, dns, k); err != nil {
					missing = append(missing, err)
					continue
				}
				if err := a.inTenant(ctx, func(tx tenant.Tx) error { return dkim.Published(ctx, tx, k, a.clock()) }); err != nil {
					return err
				}
				c.say("The record at %s is right.", k.Name())
			}
			if len(missing) > 0 {
				return fmt.Errorf("%w; `customerdesk dkim show %s` shows what to publish, and DNS may take some hours to tell", errors.Join(missing...), args[0])
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				if keys, err = dkim.Of(ctx, tx, args[0]); err != nil {
					return err
				}
				c.say("Mail from %s is signed, with the selector %s.", keys[0].Domain, keys[0].Selector)
				if c.json {
					return c.show(dkimView(keys), nil)
				}
				return nil
			})
		}),
	})
}

func (c *cli) dkimRemove() *cobra.Command {
	var selector string
	cmd := &cobra.Command{
		Use: "remove DOMAIN [--selector S]", Short: "Forget a key; mail is no longer signed with it", Args: exactly("DOMAIN"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				keys, err := dkim.Of(ctx, tx, args[0])
				if err != nil {
					return dkimFault(args[0], err)
				}
				if selector != "" {
					keys = slices.DeleteFunc(keys, func(k dkim.Key) bool { return k.Selector != selector })
				}
				switch len(keys) {
				case 0:
					return fmt.Errorf("%s has no key with the selector %s: `customerdesk dkim list`", args[0], selector)
				case 1:
				default:
					return usageError{fmt.Errorf("%s has %d keys: name one with --selector, `customerdesk dkim list` shows them", args[0], len(keys))}
				}
				if err := dkim.Remove(ctx, tx, keys[0]); err != nil {
					return err
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "dkim.remove", keys[0].Name(), nil); err != nil {
					return err
				}
				c.say("The key is gone; within a minute nothing is signed with it. Leave the record at %s in DNS for some days, for mail that is still on its way.", keys[0].Name())
				return nil
			})
		}),
	}
	cmd.Flags().StringVar(&selector, "selector", "", "which key, where the domain has several")
	return cmd
}

func dkimFault(domain string, err error) error {
	if errors.Is(err, dkim.ErrNoKey) {
		return fmt.Errorf("there is no key for %s: `customerdesk dkim add %[1]s` makes one", domain)
	}
	return err
}

// examineDKIM looks whether the keys can be used and their records stand in DNS.
func (a *app) examineDKIM(ctx context.Context, e *examination, t tenant.Tenant) {
	check := t.Slug + " dkim"
	keys, err := tenant.Get(ctx, a.pool, t.ID, func(tx tenant.Tx) ([]dkim.Key, error) { return dkim.List(ctx, tx) })
	if err != nil {
		e.wrong(check, err)
		return
	}
	dns := resolver(a.cfg)
	for _, k := range keys {
		if err := a.in(ctx, t.ID, func(tx tenant.Tx) error { return dkim.Opens(ctx, tx, a.box, k) }); err != nil {
			e.wrong(check, fmt.Errorf("%w; mail leaves unsigned: remove the key and add one anew", err))
			continue
		}
		switch {
		case dns == nil:
			e.warn(check, fmt.Sprintf("%s: not looked for, since %sDNS_SERVER is off", k.Name(), config.Prefix))
			continue
		case k.PublishedAt == nil:
			e.warn(check, fmt.Sprintf("%s signs nothing yet: publish its record, then customerdesk dkim check --tenant %s %s", k.Name(), t.Slug, k.Domain))
			continue
		}
		if err := dkim.Check(ctx, dns, k); err != nil {
			e.wrong(check, fmt.Errorf("%w; receivers doubt mail that is signed with it: customerdesk dkim show --tenant %s %s", err, t.Slug, k.Domain))
			continue
		}
		e.fine(check, k.Name()+": the record is right")
	}
}
