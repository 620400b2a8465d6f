package slackserver

import (
	"io"
	"net/http"
)

// uploaded reads the files of a form; false where the answer is written already.
func uploaded(w http.ResponseWriter, r *http.Request) (files []Attachment, ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	err := r.ParseMultipartForm(maxBody)
	if err == nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }()
		for _, h := range r.MultipartForm.File["file"] {
			var body []byte
			if f, e := h.Open(); e != nil {
				err = e
			} else {
				body, err = io.ReadAll(f)
				_ = f.Close()
			}
			if err != nil {
				break
			}
			files = append(files, Attachment{Name: h.Filename, Content: body})
		}
	}
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
	}
	return files, err == nil
}

// pageUpload is a message with files.
func (s *Server) pageUpload(w http.ResponseWriter, r *http.Request) {
	files, ok := uploaded(w, r)
	if !ok {
		return
	}
	_, err := s.As(r.FormValue("user")).Upload(r.FormValue("channel"), r.FormValue("thread"), r.FormValue("text"), files...)
	out := Object{"ok": err == nil}
	if err != nil {
		out["error"] = err.Error()
	}
	reply(w, out)
}

// pageAttach takes files for an input of a modal.
func (s *Server) pageAttach(w http.ResponseWriter, r *http.Request) {
	files, ok := uploaded(w, r)
	if !ok {
		return
	}
	ids, err := s.As(r.FormValue("user")).Attach(files...)
	out := Object{"ok": err == nil, "ids": ids}
	if err != nil {
		out["error"] = err.Error()
	}
	reply(w, out)
}
