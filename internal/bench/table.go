package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// A figure is one line of the table.
type figure struct {
	Group string  `json:"group"`
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Goal is what is to be reached: at least it, or at most it where Below is set; 0: the figure has none.
	Goal  float64 `json:"goal,omitempty"`
	Below bool    `json:"below,omitempty"`
	Note  string  `json:"note,omitempty"`
}

// reached says whether the goal is; true where there is none.
func (f figure) reached() bool {
	switch {
	case f.Goal == 0:
		return true
	case f.Below:
		return f.Value <= f.Goal
	}
	return f.Value >= f.Goal
}

func (f figure) goal() (goal, verdict string) {
	if f.Goal == 0 {
		return "", ""
	}
	goal = "at least "
	if f.Below {
		goal = "at most "
	}
	verdict = "missed"
	if f.reached() {
		verdict = "reached"
	}
	return goal + number(f.Goal), verdict
}

// number writes three digits, more where there are more before the point.
func number(v float64) string {
	a := math.Abs(v)
	switch {
	case v == math.Trunc(v) || a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// print writes the table for a person.
func print(w io.Writer, machine string, figures []figure) error {
	fmt.Fprintln(w, machine)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	group := ""
	for _, f := range figures {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(t, "\n%s\n", group)
		}
		goal, verdict := f.goal()
		fmt.Fprintf(t, "  %s\t%s %s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, goal, verdict, f.Note)
	}
	return t.Flush()
}

// printJSON writes the same for a program.
func printJSON(w io.Writer, machine string, figures []figure) error {
	type line struct {
		figure
		Reached *bool `json:"reached,omitempty"`
	}
	lines := make([]line, len(figures))
	for i, f := range figures {
		lines[i] = line{figure: f}
		if ok := f.reached(); f.Goal != 0 {
			lines[i].Reached = &ok
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Machine string `json:"machine"`
		Figures []line `json:"figures"`
	}{machine, lines})
}
