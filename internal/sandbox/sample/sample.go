// Package sample is the organisation that the demo shows: an e-bike shop with its help articles, its
// support members, and the mail that its customers have just written.
package sample

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed articles/*.md mails/*.eml
var files embed.FS

// What the sample organisation is called, and where it gets its mail.
const (
	Slug    = "harbour-bikes"
	Name    = "Harbour Bikes"
	Support = "support@harbourbikes.example"
)

// A Person of the sample: a support member or a customer.
type Person struct {
	Name   string
	Email  string
	Handle string // in Slack; customers have none
}

// Members returns the support members; the first is an admin.
func Members() []Person {
	return []Person{
		{"Nora Berg", "nora@harbourbikes.example", "nora"},
		{"Sam Okafor", "sam@harbourbikes.example", "sam"},
		{"Lucia Ferri", "lucia@harbourbikes.example", "lucia"},
	}
}

// Outsider is in the same Slack workspace, but no support member.
func Outsider() Person { return Person{"Milo Hart", "milo@harbourbikes.example", "milo"} }

// Customers returns those who have written.
func Customers() []Person {
	return []Person{
		{Name: "Maya Lindqvist", Email: "maya@lindqvist.example"},
		{Name: "Jörg Feldmann", Email: "j.feldmann@feldmann-bau.example"},
		{Name: "Priya Raman", Email: "priya@raman.example"},
		{Name: "Tomasz Nowak", Email: "t.nowak@nowak-design.example"},
		{Name: "Ines Duarte", Email: "ines@duarte-family.example"},
		{Name: "Carla Moretti", Email: "carla.moretti@moretti-tours.example"},
	}
}

// Articles returns the help articles: Markdown files with front matter.
func Articles() fs.FS { return folder("articles") }

// A Mail is what a customer has just written: a raw message without a Date.
type Mail struct {
	From string
	Raw  []byte
}

// Mails returns the customers' first mails, in the order of Customers.
func Mails() []Mail {
	dir := folder("mails")
	names, err := fs.Glob(dir, "*.eml")
	if err != nil || len(names) != len(Customers()) {
		panic(fmt.Sprintf("%d sample mails for %d customers: %v", len(names), len(Customers()), err))
	}
	list := make([]Mail, len(names))
	for i, name := range names {
		raw, err := fs.ReadFile(dir, name)
		if err != nil {
			panic(err)
		}
		list[i] = Mail{From: Customers()[i].Email, Raw: raw}
	}
	return list
}

// folder is a part of the binary: that it is missing can only be a broken build.
func folder(name string) fs.FS {
	dir, err := fs.Sub(files, name)
	if err != nil {
		panic(err)
	}
	return dir
}
