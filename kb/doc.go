// Package kb holds the articles of a tenant and finds the ones that answer a question.
//
// An article is Markdown. Every change makes a version that is kept; only published articles are searchable,
// and a search says for whom it is, so what is internal never reaches a customer.
//
// Publishing cuts the article at its headings and paragraphs into chunks and writes their stemmed words into
// postings of the tenant. A search fetches the postings of its words, which under row-level security is an
// index look-up by equality, and ranks by BM25 over whole articles and their best chunk. All figures it uses
// (how rare a word is, how long an article is) are those of the tenant and of the articles that the reader may see.
package kb
