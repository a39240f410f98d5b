package views

// Logo is the shop's picture, drawn at half of its dots. The zero one is none.
type Logo struct {
	URL           string
	Width, Height string // CSS pixels
}
