package inbox

// mailPage is the HTML of every mail: one column in the reader's own fonts and colours, also dark ones. Everything
// that must hold where a mail program drops the style sheet stands at the elements. The class gmail_quote has
// the quoted mail folded.
const mailPage = `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
:root { color-scheme: light dark; }
p, ul, ol, pre, table { margin: 0 0 12px; }
pre { white-space: pre-wrap; padding: 10px 12px; border: 1px solid #dddddd; border-radius: 4px; }
code { font-size: 13px; }
td, th { padding: 4px 10px; border: 1px solid #dddddd; text-align: left; }
table { border-collapse: collapse; }
blockquote { margin: 0 0 12px; padding-left: 12px; border-left: 3px solid #dddddd; }
blockquote td, blockquote th { padding: 0 8px 0 0; border: 0; vertical-align: top; }
blockquote h1, blockquote h2, blockquote h3 { margin: 0 0 12px; font-size: 15px; }
@media (prefers-color-scheme: dark) {
  .cd-muted { color: #a9a9ad !important; }
  .cd-line, blockquote, pre, td, th { border-color: #4a4a4f !important; }
}
</style>
</head>
<body style="margin:0;padding:16px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
<div dir="auto" style="max-width:640px;overflow-wrap:break-word">
{{.Body}}</div>
{{with .Logo}}<div style="margin-top:20px"><img src="{{$.LogoURL}}" width="{{.Width}}" height="{{.Height}}" alt="{{$.Name}}" style="display:block;border:0"></div>
{{end}}{{with .Signature}}<div class="cd-line" style="max-width:640px;margin-top:20px;padding-top:12px;border-top:1px solid #dddddd;overflow-wrap:break-word">
{{range $i, $line := .}}{{if $i}}<br>
<span class="cd-muted" style="color:#6b6b70">{{$line}}</span>{{else}}<strong>{{$line}}</strong>{{end}}{{end}}
</div>
{{end}}{{with .Links}}<div class="cd-muted" style="max-width:640px;margin-top:16px;font-size:13px;color:#6b6b70">
{{range $i, $link := .}}{{if $i}} &middot; {{end}}<a class="cd-muted" style="color:#6b6b70" href="{{$link.URL}}">{{$link.Label}}</a>{{end}}
</div>
{{end}}{{with .Quoted}}<div class="gmail_quote" style="max-width:640px;margin-top:24px;overflow-wrap:break-word">
<div class="gmail_attr cd-muted" style="margin:0 0 8px;color:#6b6b70">{{.Attribution}}</div>
<blockquote type="cite" dir="auto" class="gmail_quote cd-line cd-muted" style="margin:0;padding-left:12px;border-left:3px solid #dddddd;color:#6b6b70">{{.Look}}{{range .Lines}}{{.}}<br>
{{end}}{{range .Pictures}}<img src="{{.}}" alt="" style="max-width:320px;max-height:320px;margin:8px 8px 0 0;border:0">
{{end}}</blockquote>
</div>
{{end}}</body>
</html>
`
