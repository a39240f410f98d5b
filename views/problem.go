package views

// ErrorPage says plainly that something did not work: 401, 403, 404, 405, 413,
// 429, 500, 503.
type ErrorPage struct {
	Page
	Status int
	// Title and Sentence are ready text; when both are empty the page says
	// what belongs to the status.
	Title, Sentence string
	RequestID       string
	// BackHref is the way back, the counter when empty.
	BackHref string
}
