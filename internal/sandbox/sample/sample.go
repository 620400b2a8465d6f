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
	Name  string
	Email string
}

// Members returns the support members; the first is an admin.
func Members() []Person {
	return []Person{
		{"Nora Berg", "nora@harbourbikes.example"},
		{"Sam Okafor", "sam@harbourbikes.example"},
		{"Lucia Ferri", "lucia@harbourbikes.example"},
	}
}

// Outsider is in the same Slack workspace, but no support member.
func Outsider() Person { return Person{"Milo Hart", "milo@harbourbikes.example"} }

// Customers returns those who have written.
func Customers() []Person {
	return []Person{
		{"Maya Lindqvist", "maya@lindqvist.example"},
		{"Jörg Feldmann", "j.feldmann@feldmann-bau.example"},
		{"Priya Raman", "priya@raman.example"},
		{"Tomasz Nowak", "t.nowak@nowak-design.example"},
		{"Ines Duarte", "ines@duarte-family.example"},
		{"Carla Moretti", "carla.moretti@moretti-tours.example"},
	}
}

// Articles returns the help articles: Markdown with front matter, by file name.
func Articles() map[string]string { return read("articles") }

// Mails returns the customers' first mails as raw messages without a Date, in the order of their names.
func Mails() map[string]string { return read("mails") }

func read(dir string) map[string]string {
	all := map[string]string{}
	err := fs.WalkDir(files, dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(path)
		all[d.Name()] = string(b)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("embedded files: %v", err)) // Only a broken build can come here.
	}
	return all
}
