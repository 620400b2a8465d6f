package mailserver

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A draft is what the page's form says.
type draft struct {
	from    mail.Address
	to, cc  []*mail.Address
	subject string
	text    string
	answers *post // nil for a new conversation
	files   []part
	at      time.Time
}

// send takes the form to, cc, subject, text, reply (key of the answered mail) and files.
func (p page) send(w http.ResponseWriter, r *http.Request, a *account) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	d, err := p.readDraft(r, a)
	if err == nil {
		err = p.submit(a, d)
	}
	var refused *smtp.SMTPError
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &refused):
		refusePage(w, http.StatusUnprocessableEntity, fmt.Sprintf("The mail server refused it: %d %d.%d.%d %s",
			refused.Code, refused.EnhancedCode[0], refused.EnhancedCode[1], refused.EnhancedCode[2], refused.Message))
	case errors.Is(err, errCompose):
		refusePage(w, http.StatusUnprocessableEntity, strings.TrimPrefix(err.Error(), errCompose.Error()+": "))
	default:
		refusePage(w, http.StatusBadGateway, "Sending failed, please try again: "+err.Error())
	}
}

func (p page) readDraft(r *http.Request, a *account) (draft, error) {
	if err := r.ParseMultipartForm(maxUpload); err != nil {
		return draft{}, fmt.Errorf("%w: attachments may have 25 MB together", errCompose)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	d := draft{
		from:    mail.Address{Name: a.Name, Address: a.Address},
		subject: strings.Join(strings.Fields(r.FormValue("subject")), " "),
		text:    strings.ReplaceAll(r.FormValue("text"), "\r\n", "\n"),
		at:      p.server.config.Clock(),
	}
	var err error
	if d.to, err = recipients(r.FormValue("to")); err != nil {
		return draft{}, err
	}
	if d.cc, err = recipients(r.FormValue("cc")); err != nil {
		return draft{}, err
	}
	if len(d.to) == 0 {
		return draft{}, fmt.Errorf("%w: say who it is for", errCompose)
	}
	if key := r.FormValue("reply"); key != "" {
		if _, m, ok := p.find(a, key); ok {
			d.answers = &m
		}
	}
	for _, file := range r.MultipartForm.File["files"] {
		part, err := readUpload(file)
		if err != nil {
			return draft{}, err
		}
		d.files = append(d.files, part)
	}
	return d, nil
}

func recipients(field string) ([]*mail.Address, error) {
	field = strings.Trim(strings.ReplaceAll(field, ";", ","), " ,")
	if field == "" {
		return nil, nil
	}
	list, err := mail.ParseAddressList(field)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is not an e-mail address", errCompose, field)
	}
	return list, nil
}

func readUpload(file *multipart.FileHeader) (part, error) {
	f, err := file.Open()
	if err != nil {
		return part{}, fmt.Errorf("read attachment %s: %w", file.Filename, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		return part{}, fmt.Errorf("read attachment %s: %w", file.Filename, err)
	}
	contentType := file.Header.Get("Content-Type")
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	return part{name: fileName(file.Filename), contentType: contentType, data: data}, nil
}

// submit sends the mail through the server's own port, as any mail program would, and
// keeps a copy in Sent.
func (p page) submit(a *account, d draft) error {
	raw, err := d.compose()
	if err != nil {
		return err
	}
	nth := p.server.nextArrival(a)
	client, err := smtp.Dial(p.server.smtpGate.Addr().String())
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Hello("webmail." + p.server.config.Hostname); err != nil {
		return fmt.Errorf("greet the mail server: %w", err)
	}
	if err := client.Auth(sasl.NewPlainClient("", a.Address, a.Password)); err != nil {
		return fmt.Errorf("log in to the mail server: %w", err)
	}
	var rcpts []string
	for _, to := range append(d.to, d.cc...) {
		rcpts = append(rcpts, to.Address)
	}
	if err := client.SendMail(a.Address, rcpts, bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	p.server.keepSent(a, raw, d.at, nth)
	_ = client.Quit() // The mail is accepted; nothing depends on a polite end.
	return nil
}

// compose writes the mail: text and HTML, quoting what it answers.
func (d draft) compose() ([]byte, error) {
	text, markup := d.bodies()
	var buf bytes.Buffer
	header, err := d.header()
	if err != nil {
		return nil, err
	}
	var inline *mail.InlineWriter
	var whole *mail.Writer
	if len(d.files) == 0 {
		inline, err = mail.CreateInlineWriter(&buf, header)
	} else if whole, err = mail.CreateWriter(&buf, header); err == nil {
		inline, err = whole.CreateInline()
	}
	if err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	errs := []error{writeInline(inline, "text/plain", text), writeInline(inline, "text/html", markup), inline.Close()}
	for _, file := range d.files {
		errs = append(errs, writeFile(whole, file))
	}
	if whole != nil {
		errs = append(errs, whole.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	return buf.Bytes(), nil
}

func (d draft) header() (mail.Header, error) {
	var h mail.Header
	h.SetDate(d.at)
	h.SetAddressList("From", []*mail.Address{&d.from})
	h.SetAddressList("To", d.to)
	if len(d.cc) > 0 {
		h.SetAddressList("Cc", d.cc)
	}
	h.SetSubject(d.subject)
	_, domain, _ := strings.Cut(d.from.Address, "@")
	if err := h.GenerateMessageIDWithHostname(domain); err != nil {
		return h, fmt.Errorf("compose: %w", err)
	}
	h.Set("User-Agent", "Webmail (sandbox)")
	h.Set("Mime-Version", "1.0")
	if d.answers != nil && d.answers.messageID != "" {
		h.Set("In-Reply-To", "<"+d.answers.messageID+">")
		h.Set("References", references(d.answers.letter))
	}
	return h, nil
}

// references continues the chain of the answered mail (RFC 5322, section 3.6.4).
func references(l *letter) string {
	var b strings.Builder
	seen := make(map[string]bool)
	for _, id := range slices.Concat(l.references, []string{l.messageID}) {
		if seen[id] {
			continue
		}
		seen[id] = true
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("<" + id + ">")
	}
	return b.String()
}

// bodies returns the text and the HTML of the mail with the answered one quoted below, in
// the shape most mail programs use.
func (d draft) bodies() (text, markup string) {
	text = strings.TrimRight(d.text, "\n") + "\n"
	markup = `<div dir="ltr">` + textHTML(d.text) + "</div>\r\n"
	if d.answers == nil {
		return text, markup
	}
	from := d.answers.sender()
	who := from.Name
	if who == "" {
		who = from.Address
	}
	when := d.answers.at.Format("Mon, Jan 2, 2006 at 3:04 PM")
	var quote strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(d.answers.plain(), "\n"), "\n") {
		quote.WriteString(strings.TrimRight("> "+strings.TrimRight(line, "\r"), " ") + "\n")
	}
	text += fmt.Sprintf("\nOn %s %s <%s> wrote:\n\n%s", when, who, from.Address, quote.String())

	quoted := textHTML(d.answers.plain())
	if d.answers.html != "" {
		quoted = mailPolicy(func(string) string { return "" }).Sanitize(d.answers.html)
	}
	markup += fmt.Sprintf("<br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On %s %s &lt;%s&gt; wrote:<br></div>\r\n"+
		"<blockquote class=\"gmail_quote\" style=\"margin:0 0 0 0.8ex;border-left:1px solid #cccccc;padding-left:1ex\">\r\n%s</blockquote></div>\r\n",
		when, html.EscapeString(who), html.EscapeString(from.Address), quoted)
	return text, markup
}

func writeInline(w *mail.InlineWriter, contentType, body string) error {
	var h mail.InlineHeader
	h.SetContentType(contentType, map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	part, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, body)
	return errors.Join(err, part.Close())
}

func writeFile(w *mail.Writer, file part) error {
	var h mail.AttachmentHeader
	h.SetContentType(file.contentType, nil)
	h.SetFilename(file.name)
	h.Set("Content-Transfer-Encoding", "base64")
	part, err := w.CreateAttachment(h)
	if err != nil {
		return err
	}
	_, err = part.Write(file.data)
	return errors.Join(err, part.Close())
}
